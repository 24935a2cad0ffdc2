using Marathon.Testing;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class RelayTests(Servers servers)
{
    [Fact]
    public async Task Backlog_OfSeveralPortions_IsSentInOrder()
    {
        var (name, database) = (Samples.Name(), await servers.CreateDatabaseAsync());
        var things = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        const int Versions = 320;
        await using (var cutOff = await Party.StartAsync(name, database, kafka: "127.0.0.1:1", listens: false))
            await cutOff.TellAsync(Enumerable.Range(1, Versions).SelectMany(version => things.Select(thing => (Samples.Paid(thing), version))));
        await using var teller = await Party.StartAsync(name, database, servers.Kafka, listens: false);

        await teller.SentAsync();

        using var broker = new Broker(servers.Kafka);
        var sent = broker.Sent("payments", name);
        Assert.All(things, thing => Assert.Equal(Enumerable.Range(1, Versions), sent[thing]));
    }

    [Fact]
    public async Task Unsent_WhenTheOutboxHasGrownSinceItWasLastAnalysed_AreFoundByWhatIsNew()
    {
        await using var teller = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), kafka: "127.0.0.1:1", listens: false);
        // The servers of tests analyse nothing by themselves; others look once a minute, and a race is sold out by then.
        await Eventually.TrueAsync(async () => (await teller.Database.RowsAsync("SELECT 1 FROM pg_inherits WHERE inhparent = 'outbox'::regclass")).Count >= 4);
        for (var i = 0; i < 5; i++) await teller.TellAsync(Enumerable.Range(0, 2000).Select(_ => (Samples.Paid(Guid.CreateVersion7()), 1)));
        var snap = Assert.Single(await teller.Database.RowsAsync("SELECT pg_current_snapshot()::text"));

        var plan = await teller.Database.RowsAsync("EXPLAIN " + OutboxRelay.Unsent, (short)0, snap, DBNull.Value, 0L, 5000);

        var scans = plan.Where(line => line.Contains("Index Scan") || line.Contains("Seq Scan")).ToList();
        Assert.NotEmpty(scans);
        Assert.All(scans, scan => Assert.Contains("_shard_xid_idx", scan));
    }
}
