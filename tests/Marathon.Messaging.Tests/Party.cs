using Marathon.Contracts;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Kafka;
using Marathon.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging.Tests;

[CollectionDefinition(nameof(Servers))]
public sealed class ServersCollection : ICollectionFixture<Servers>;

public sealed class PartyDb(DbContextOptions<PartyDb> options) : DbContext(options);

/// <summary>A service reduced to its messaging: it tells of things, or listens, or both. Two on one database are two replicas.</summary>
internal sealed class Party : IAsyncDisposable
{
    private const string ServiceKey = "the services' key of a test";

    private readonly WebApplication app;

    private Party(WebApplication app, string name)
    {
        (this.app, Name) = (app, name);
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.Single()) };
        Client.DefaultRequestHeaders.Add(ServiceCredential.Header, ServiceKey);
    }

    public string Name { get; }

    /// <summary>An operator, who has the services' credential.</summary>
    public HttpClient Client { get; }

    public Outbox Outbox => app.Services.GetRequiredService<Outbox>();

    public NpgsqlDataSource Database => app.Services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>One of its own services.</summary>
    public T Service<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<Party> StartAsync(
        string name, string database, string kafka, bool listens, Func<PaymentCompleted, string?>? poison = null,
        IEnumerable<(string Key, string Value)>? settings = null, Action<WebApplicationBuilder>? configure = null, Action<Handlers>? on = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:db"] = database,
            ["ConnectionStrings:kafka"] = kafka,
            ["Services:Key"] = ServiceKey,
            ["urls"] = "http://127.0.0.1:0",
            ["Messaging:RetryDelay"] = "00:00:00.100",
        });
        builder.Configuration.AddInMemoryCollection((settings ?? []).Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddMarathonDatabase<PartyDb>("db");
        builder.AddMarathonKafka("kafka");
        builder.AddMessaging(name, handlers =>
        {
            if (listens) handlers.On<PaymentCompleted, Listen>();
            on?.Invoke(handlers);
        });
        builder.Services.AddSingleton(new Poison(poison ?? (_ => null)));
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapMessaging();
        await app.StartAsync();
        return new Party(app, name);
    }

    /// <summary>One more event of a thing, in a transaction as services write them.</summary>
    public async Task TellAsync(Guid thing, bool commit = true, Outbox? outbox = null)
    {
        await using var work = await (outbox ?? Outbox).BeginAsync(CancellationToken.None);
        await using var upsert = work.Command("""
            INSERT INTO things (id, version) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET version = things.version + 1 RETURNING version
            """, thing);
        var version = (int)(await upsert.ExecuteScalarAsync())!;
        work.Publish(new PaymentCompleted { RegistrationId = thing, Number = $"{version}", Amount = version, Currency = "KRW", ProviderReference = "r", At = DateTimeOffset.UtcNow }, version);
        if (commit) await work.CommitAsync(CancellationToken.None);
    }

    /// <summary>Events as they are, in one transaction.</summary>
    public async Task TellAsync(params IEnumerable<(IntegrationEvent Event, int Version)> events)
    {
        await using var work = await Outbox.BeginAsync(CancellationToken.None);
        foreach (var (told, version) in events) work.Publish(told, version);
        await work.CommitAsync(CancellationToken.None);
    }

    /// <summary>Returns when the broker has acknowledged everything that was told.</summary>
    public Task SentAsync() => Eventually.TrueAsync(
        async () => (await Service<MessagingStatus>().ReadAsync(CancellationToken.None)).Unsent == 0, because: "not everything was sent");

    /// <summary>What was heard of each thing, in the order of application.</summary>
    public async Task<ILookup<Guid, int>> HeardAsync()
    {
        await using var select = Database.CreateCommand("SELECT aggregate_id, version FROM heard ORDER BY place");
        await using var rows = await select.ExecuteReaderAsync();
        var heard = new List<(Guid, int)>();
        while (await rows.ReadAsync()) heard.Add((rows.GetGuid(0), rows.GetInt32(1)));
        return heard.ToLookup(entry => entry.Item1, entry => entry.Item2);
    }

    public async Task<IReadOnlyList<string>> ParkedAsync()
    {
        await using var select = Database.CreateCommand("SELECT version || ' ' || state FROM parked_events ORDER BY aggregate_id, version");
        await using var rows = await select.ExecuteReaderAsync();
        var parked = new List<string>();
        while (await rows.ReadAsync()) parked.Add(rows.GetString(0));
        return parked;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private sealed record Poison(Func<PaymentCompleted, string?> Of);

    private sealed class Listen(Poison poison) : IHandle<PaymentCompleted>
    {
        public async Task HandleAsync(IReadOnlyList<Received<PaymentCompleted>> events, UnitOfWork work, CancellationToken cancellationToken)
        {
            foreach (var heard in events)
                if (poison.Of(heard.Event) is { } problem) throw new InvalidOperationException(problem);
            await using var insert = work.Command("INSERT INTO heard (aggregate_id, version, text) SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[])",
                events.Select(heard => heard.Event.RegistrationId).ToArray(), events.Select(heard => heard.Version).ToArray(), events.Select(heard => heard.Event.Number).ToArray());
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
