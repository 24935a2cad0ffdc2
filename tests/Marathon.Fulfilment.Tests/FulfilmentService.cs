using Marathon.Fulfilment.Application.Dispatching;
using Marathon.Messaging;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Fulfilment.Tests;

[CollectionDefinition(nameof(Servers))]
public sealed class ServersCollection : ICollectionFixture<Servers>;

/// <summary>Fulfilment on a database of its own, and the registrations it hears of. Two on one database are two replicas.</summary>
internal sealed class FulfilmentService : IAsyncDisposable
{
    private readonly ServiceHost<Program> host;

    private FulfilmentService(ServiceHost<Program> host) => this.host = host;

    public NpgsqlDataSource Database => host.Database;

    /// <param name="dispatchAfter">Null: kits leave only by <see cref="DispatchAsync"/>.</param>
    public static FulfilmentService Start(Servers servers, string database, TimeSpan? dispatchAfter = null) => new(servers.Start<Program>("fulfilment", database,
    [
        // Small, so that a few hundred events are many transactions.
        ("Messaging:BatchSize", "20"),
        ("Fulfilment:PollInterval", "00:00:00.050"),
        ("Fulfilment:SettleTime", "00:00:00.100"),
        .. dispatchAfter is { } after ? [("Fulfilment:DispatchAfter", after.ToString())] : Array.Empty<(string, string)>(),
    ]));

    /// <summary>Hands every kit that waits to the carrier; returns how many left.</summary>
    public async Task<int> DispatchAsync()
    {
        await using var scope = host.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<DispatchGoods>().HandleAsync(new DispatchDueGoods(DateTimeOffset.UtcNow, 1000), CancellationToken.None);
    }

    /// <summary>As an operator does with events that cannot be applied.</summary>
    public async Task DropDeadLettersAsync()
    {
        var letters = host.Services.GetRequiredService<DeadLetters>();
        foreach (var letter in (await letters.ListAsync("failed", 1, 100, CancellationToken.None)).Items) await letters.DropAsync(letter.Id, CancellationToken.None);
    }

    public async Task<string> StatusAsync(Story story) =>
        Assert.Single(await Database.RowsAsync("SELECT status FROM deliveries WHERE registration_id = $1", story.RegistrationId));

    /// <summary>The bibs of a race, in order.</summary>
    public async Task<IReadOnlyList<int>> BibsAsync(Guid raceId) =>
        [.. (await Database.RowsAsync("SELECT bib FROM register_masters WHERE race_id = $1 ORDER BY bib", raceId)).Select(bib => int.Parse(bib, System.Globalization.CultureInfo.InvariantCulture))];

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
