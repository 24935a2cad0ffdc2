using System.Net;
using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>Several at the same shelves at once.</summary>
public sealed class ReplicaTests(Servers servers) : IClassFixture<Servers>
{
    private static readonly string[] Sizes = ["M", "L", "XL"];

    private readonly EventSource registration = servers.Others;

    [Fact]
    public async Task TwoReplicas_WhileKitsAreAllocatedSentChangedAndCancelled_LoseNothingAndDoNothingTwice()
    {
        var (database, random) = (await servers.CreateDatabaseAsync<Program>(), new Random(3));
        (string, string)[] busy = [("Fulfilment:PollInterval", "00:00:00.010"), ("Fulfilment:SettleTime", "00:00:00.001"), ("Fulfilment:BatchSize", "7")];
        await using var first = FulfilmentService.Start(servers, database, TimeSpan.Zero, busy);
        await using var second = FulfilmentService.Start(servers, database, TimeSpan.Zero, busy);
        var race = await first.RaceAsync(registration);
        var stories = Enumerable.Range(0, 120).Select(i => new Story(race) { ConfirmedAt = DateTimeOffset.UnixEpoch.AddMinutes(i), TopSize = Sizes[i % 3], BottomSize = Sizes[i % 2] }).ToArray();

        var last = new Dictionary<Guid, int>();
        var events = new List<(IntegrationEvent, int)>();
        foreach (var (i, story) in stories.Index())
        {
            events.Add((story.Confirmed(), 1));
            if (i % 2 == 0) events.Add((story.Changed(Sizes[(i + 1) % 3], bottomSize: Sizes[(i + 1) % 2]), 2));
            if (i % 4 == 0) events.Add((story.Cancelled(), 3));
            last[story.RegistrationId] = i % 4 == 0 ? 3 : i % 2 == 0 ? 2 : 1;
        }
        await Task.WhenAll(TellAsync(), StockUpAsync(first), StockUpAsync(second), SendBackAsync(second));
        foreach (var versions in last.GroupBy(entry => entry.Value)) await first.Database.AppliedAsync("registrations", versions.Key, [.. versions.Select(entry => entry.Key)]);
        // Until everybody who stands has theirs, there being enough for all, and nothing is left to do.
        await Eventually.TrueAsync(async () => await first.Database.RowsAsync("SELECT status FROM deliveries WHERE race_id = $1 AND status IN ('RECEIVED', 'BACKORDERED', 'READY')", race) is [],
            TimeSpan.FromSeconds(40));

        await first.AssertBooksAsync();
        // A parcel for each time that a kit has left, no more.
        Assert.Empty(await first.Database.RowsAsync("""
            SELECT registration_id FROM deliveries
            WHERE parcels <> (SELECT count(*) FROM carrier_parcels WHERE reference LIKE registration_id || '/%')
              OR parcels <> (SELECT count(*) FROM outbox WHERE outbox.aggregate_id = registration_id AND type LIKE '%goods-dispatched%')
            """));

        async Task TellAsync()
        {
            // Each runner's events in their order, the runners in any.
            foreach (var each in events.GroupBy(told => told.Item2).SelectMany(wave => wave.OrderBy(_ => random.Next())).Chunk(15)) await registration.SendAsync(each);
        }

        async Task StockUpAsync(FulfilmentService replica)
        {
            for (var round = 0; round < 10; round++)
                foreach (var size in Sizes)
                    foreach (var item in new[] { "TOP", "BOTTOM" }) await replica.StockAsync(race, item, size, 7);
        }

        // Until enough have come back to say that some did while all the rest went on.
        async Task SendBackAsync(FulfilmentService replica)
        {
            var back = 0;
            await Eventually.TrueAsync(async () =>
            {
                foreach (var number in await replica.Database.RowsAsync("SELECT number FROM deliveries WHERE race_id = $1 AND status IN ('DISPATCHED', 'RETURN_REQUESTED') ORDER BY random() LIMIT 5", race))
                {
                    var (status, _) = await replica.SendAsync(HttpMethod.Post, $"/deliveries/{number}/returned", new { condition = back % 2 == 0 ? "GOOD" : "DAMAGED" });
                    Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict });
                    if (status == HttpStatusCode.OK) back++;
                }
                return back >= 40;
            });
        }
    }

    [Fact]
    public async Task Dispatch_OfTheSameKitsByBothReplicas_BooksEachOnce()
    {
        var database = await servers.CreateDatabaseAsync<Program>();
        await using var first = FulfilmentService.Start(servers, database);
        await using var second = FulfilmentService.Start(servers, database);
        var race = await first.RaceAsync(registration, pieces: 40);
        await first.ConfirmAsync(registration, "READY", [.. Enumerable.Range(0, 40).Select(_ => new Story(race))]);

        var answers = await Task.WhenAll(new[] { first, second, first, second }.Select(replica => replica.SendAsync(HttpMethod.Post, "/deliveries/dispatch", new { raceId = race })));

        Assert.Equal(40, answers.Sum(answer => answer.Body.GetProperty("dispatched").GetArrayLength()));
        Assert.Equal(["40"], await first.Database.RowsAsync("SELECT count(*) FROM carrier_parcels"));
        await first.AssertBooksAsync();
    }
}
