using System.Text.RegularExpressions;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class RelayTests(Servers servers)
{
    [Fact]
    public async Task Backlog_OfSeveralPortions_IsSentInOrder()
    {
        var (name, database) = (Samples.Name(), await servers.CreateDatabaseAsync());
        var things = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        // One of the two shards has more than a portion, 5,000, whichever of them a thing is in.
        const int Versions = 640;
        await using (var cutOff = await Party.StartAsync(name, database, kafka: "127.0.0.1:1", listens: false))
            await cutOff.TellAsync(Enumerable.Range(1, Versions).SelectMany(version => things.Select(thing => (Samples.Paid(thing), version))));
        await using var teller = await Party.StartAsync(name, database, servers.Kafka, listens: false);

        await teller.SentAsync();

        using var broker = new Broker(servers.Kafka);
        var sent = broker.Sent("payments", name);
        Assert.All(things, thing => Assert.Equal(Enumerable.Range(1, Versions), sent[thing]));
    }

    [Fact]
    public async Task Plans_WhenTheOutboxHasGrownSinceItWasLastAnalysed_ReadNoMoreThanTheyGive()
    {
        await using var teller = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), kafka: "127.0.0.1:1", listens: false);
        // The servers of tests analyse nothing by themselves; others look once a minute, and a race is sold out by then.
        await Eventually.TrueAsync(async () => (await teller.Database.RowsAsync("SELECT 1 FROM pg_inherits WHERE inhparent = 'outbox'::regclass")).Count >= 4);
        for (var i = 0; i < 5; i++) await teller.TellAsync(Enumerable.Range(0, 2000).Select(_ => (Samples.Paid(Guid.CreateVersion7()), 1)));
        var snap = Assert.Single(await teller.Database.RowsAsync("SELECT pg_current_snapshot()::text"));
        await using var connection = await teller.Database.OpenConnectionAsync();
        await using (var set = new NpgsqlCommand(OutboxRelay.Planning, connection)) await set.ExecuteNonQueryAsync();

        // By what is new, and not in the order of all there is; then in that order, without sorting.
        Assert.All(Scans(await PlanAsync(OutboxRelay.Unsent, (short)0, snap, 5000)), scan => Assert.Contains("_shard_xid_idx", scan));
        var still = await PlanAsync(OutboxRelay.UnsentStill, (short)0, "1:1:", 5000, snap, 1L);
        Assert.All(Scans(still), scan => Assert.Contains("_shard_seq_idx", scan));
        Assert.DoesNotContain(still, line => line.Contains("Sort  ("));
        // All of them in order, or by aggregate: there are two ways, of which a replay goes one.
        Assert.Equal(["_aggregate_id_idx", "_shard_seq_idx", "outbox_replays_open"], Scans(await PlanAsync(OutboxRelay.Replayed, (short)0, 200)).Select(Index).Distinct().Order(StringComparer.Ordinal));

        async Task<List<string>> PlanAsync(string sql, params object[] parameters)
        {
            await using var explain = new NpgsqlCommand("EXPLAIN " + sql, connection);
            foreach (var parameter in parameters) explain.Parameters.Add(new() { Value = parameter });
            await using var rows = await explain.ExecuteReaderAsync();
            var plan = new List<string>();
            while (await rows.ReadAsync()) plan.Add(rows.GetString(0));
            return plan;
        }

        static List<string> Scans(List<string> plan)
        {
            var scans = plan.FindAll(line => line.Contains(" Scan using ") || line.Contains("Bitmap") || line.Contains("Seq Scan"));
            Assert.NotEmpty(scans);
            return scans;
        }

        static string Index(string scan) => Regex.Match(scan, "outbox_replays_open|_aggregate_id_idx|_shard_seq_idx|$").Value;
    }
}
