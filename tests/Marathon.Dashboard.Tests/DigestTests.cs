using System.Data;
using Marathon.Contracts;
using Marathon.Dashboard.Lists;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Dashboard.Tests;

/// <summary>What is listed and summed is what the rows are, whatever happened in which order.</summary>
public sealed class DigestTests(Servers servers) : DashboardTests(servers)
{
    private readonly Guid race = Guid.CreateVersion7();

    [Fact]
    public async Task Sums_WhileTwoReplicasHearEverythingInAnyOrder_AreThoseOfTheRows()
    {
        await using var replica = StartReplica();
        var random = new Random(7);
        var stories = Enumerable.Range(0, 200).Select(i => new Story(race) { TopSize = $"{95 + (5 * (i % 3))}", ConfirmedAt = Story.Beginning.AddMinutes(i % 5) }).ToArray();
        // Each stream in its order, the streams in any.
        var told = stories.SelectMany((story, i) => new[] { Registrations(story, i), Payments(story, i), Deliveries(story, i), Messages(story) }
            .Select(stream => (At: random.NextDouble(), Stream: stream))).ToArray();
        foreach (var part in told.OrderBy(entry => entry.At).Chunk(100))
            await others.SendAsync(part.SelectMany(entry => entry.Stream.Select((fact, i) => (fact, i + 1))));

        await Eventually.TrueAsync(async () => (await DifferencesAsync()).Count == 0 && await CountedAsync() == "200 40 500000");
        Assert.Equal(["40", "40", "40", "40", "40"], await dashboard.Database.RowsAsync("SELECT registered FROM arrivals WHERE race_id = $1 AND grain = 60 ORDER BY at", race));
    }

    [Fact]
    public async Task Differences_WhenASumIsWrong_AreFound()
    {
        var story = new Story(race);
        await others.SendAsync(story.Confirmed(), 1);
        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync("SELECT count FROM cells WHERE race_id = $1", race) is ["1"]);
        Assert.Empty(await DifferencesAsync());

        foreach (var (wrong, mended) in new[]
        {
            ("UPDATE cells SET amount = amount + 1 WHERE race_id = $1", "UPDATE cells SET amount = amount - 1 WHERE race_id = $1"),
            ("UPDATE cells SET status = 'CANCELLED' WHERE race_id = $1", "UPDATE cells SET status = 'REGISTERED' WHERE race_id = $1"),
            ("UPDATE arrivals SET registered = 2 WHERE race_id = $1 AND grain = 3600", "UPDATE arrivals SET registered = 1 WHERE race_id = $1"),
            (AllRaces("+"), AllRaces("-")),
        })
        {
            await dashboard.Database.ExecuteAsync(wrong, race);
            Assert.NotEmpty(await DifferencesAsync());
            await dashboard.Database.ExecuteAsync(mended, race);
            Assert.Empty(await DifferencesAsync());
        }
    }

    [Fact]
    public async Task Cells_AreThoseThatATransactionSees_WhicheverItIs_AndWhateverIsKnown()
    {
        var (first, second) = (new Story(race), new Story(race));
        using var cells = new CellList();
        await others.SendAsync(first.Confirmed(), 1);
        await ShownAsync("1");
        await using var earlier = await dashboard.Database.OpenConnectionAsync();
        await using var transaction = await earlier.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        Assert.Equal("1 REGISTERED", await SeenAsync(earlier));

        await others.SendAsync([(second.Confirmed(), 1), (first.Cancelled(), 2)]);
        await ShownAsync("2 1");
        await using var later = await dashboard.Database.OpenConnectionAsync();
        Assert.Equal("1 CANCELLED, 1 REGISTERED", await SeenAsync(later));
        Assert.Equal("1 REGISTERED", await SeenAsync(earlier));
        Assert.Equal("1 CANCELLED, 1 REGISTERED", await SeenAsync(later));

        Task ShownAsync(string counted) => Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync(
            "SELECT concat_ws(' ', sum(count), sum(count) FILTER (WHERE status = 'CANCELLED')) FROM cells WHERE race_id = $1", race) is [var shown] && shown == counted);

        async Task<string> SeenAsync(NpgsqlConnection connection) => string.Join(", ", (await cells.ReadAsync(connection, CancellationToken.None)).ById.Values
            .Where(cell => cell.RaceId == race && cell.Count > 0).OrderBy(cell => cell.Status).Select(cell => $"{cell.Count} {cell.Status}"));
    }

    private static string AllRaces(string sign) =>
        $"UPDATE arrivals SET registered = registered {sign} 1 WHERE race_id = '{Guid.Empty}' AND grain = 86400 AND at = (SELECT max(at) FROM arrivals WHERE race_id = $1 AND grain = 86400)";

    private static IntegrationEvent[] Registrations(Story story, int i) => (i % 5) switch
    {
        0 => [story.Confirmed(), story.Changed(), story.Cancelled(refundDue: 12_500)],
        1 => [story.Confirmed(), story.Changed()],
        _ => [story.Confirmed()],
    };

    private static IntegrationEvent[] Payments(Story story, int i) => (i % 10) switch
    {
        0 => [story.Paid(), story.Refunded(12_500)],
        _ => [story.Paid()],
    };

    private static IntegrationEvent[] Deliveries(Story story, int i) => (i % 3) switch
    {
        0 => [story.Received(i + 1), story.Ready(), story.Dispatched(), story.Delivered()],
        1 => [story.Received(i + 1), story.CheckedIn(i + 1)],
        _ => [story.Received(i + 1)],
    };

    private static IntegrationEvent[] Messages(Story story) => [story.Told("confirmed", 1), story.Told("delivered", 3)];

    private async Task<string> CountedAsync() =>
        (await dashboard.Database.RowsAsync("SELECT concat_ws(' ', sum(count), sum(count) FILTER (WHERE status = 'CANCELLED'), sum(refund_due)) FROM cells WHERE race_id = $1", race))[0];

    private Task<IReadOnlyList<string>> DifferencesAsync() => dashboard.Database.RowsAsync("SELECT difference FROM digest_differences()");
}
