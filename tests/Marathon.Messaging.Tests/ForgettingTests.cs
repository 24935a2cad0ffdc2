using Marathon.Testing;

namespace Marathon.Messaging.Tests;

/// <summary>A broker that forgot, and a database that came back on another server: everything is sent again, once.</summary>
[Collection(nameof(Servers))]
public sealed class ForgettingTests(Servers servers)
{
    private static readonly (string, string)[] Quick = [("Messaging:ClusterCheckInterval", "00:00:00.050"), ("Messaging:PollInterval", "00:00:00.020")];

    private Task<Party> StartAsync(string name, string database) => Party.StartAsync(name, database, servers.Kafka, listens: false, settings: Quick);

    private static async Task<Guid[]> TellAsync(Party party)
    {
        var things = Enumerable.Range(0, 12).Select(_ => Guid.CreateVersion7()).ToArray();
        for (var version = 1; version <= 3; version++) await party.TellAsync(things.Select(thing => (Samples.Paid(thing), version)));
        await party.SentAsync();
        return things;
    }

    /// <summary>After one more event of each, so that the relays have looked again, the first three were sent twice and the fourth once.</summary>
    private async Task AssertSentTwiceAsync(Party party, Guid[] things, string reason)
    {
        await Eventually.TrueAsync(async () => await party.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE finished_at IS NOT NULL AND reason <> 'missed by another service'") is ["2"], because: "nothing is replayed");
        Assert.All(await party.Database.RowsAsync("SELECT reason FROM outbox_replays WHERE reason <> 'missed by another service'"), found => Assert.Contains(reason, found, StringComparison.Ordinal));
        await party.TellAsync(things.Select(thing => (Samples.Paid(thing), 4)));
        await party.SentAsync();
        Assert.Equal(["2"], await party.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE reason <> 'missed by another service'"));
        using var broker = new Broker(servers.Kafka);
        var sent = broker.Sent("payments", party.Name);
        Assert.All(things, thing => Assert.Equal([1, 2, 3, 1, 2, 3, 4], sent[thing]));
    }

    [Fact]
    public async Task Broker_WhenItIsAnotherCluster_IsSentEverythingAgain_Once()
    {
        await using var teller = await StartAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        var things = await TellAsync(teller);

        await teller.Database.ExecuteAsync("UPDATE outbox_cursor SET cluster_id = 'another'");

        await AssertSentTwiceAsync(teller, things, "another cluster");
    }

    [Fact]
    public async Task Broker_WhenALogEndsBeforeWhatItAcknowledged_IsSentEverythingAgain_Once()
    {
        await using var teller = await StartAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        var things = await TellAsync(teller);

        await teller.Database.ExecuteAsync("""
            UPDATE outbox_cursor SET end_offsets = (SELECT jsonb_object_agg(key, value::bigint + 1000000) FROM jsonb_each_text(end_offsets))
            """);

        await AssertSentTwiceAsync(teller, things, "the broker lost the end of marathon.payments/");
    }

    [Fact]
    public async Task Broker_WhenATopicIsGone_IsSentEverythingAgain_Once()
    {
        await using var teller = await StartAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        var things = await TellAsync(teller);

        await teller.Database.ExecuteAsync("""UPDATE outbox_cursor SET end_offsets = end_offsets || '{"marathon.payments/999": 1}'""");

        await AssertSentTwiceAsync(teller, things, "the broker lost the end of marathon.payments/999");
    }

    [Fact]
    public async Task Database_WhenRestoredOnAnotherServer_SendsEverythingAgain_Once()
    {
        var (name, database) = (Samples.Name(), await servers.CreateDatabaseAsync());
        Guid[] things;
        await using (var before = await StartAsync(name, database))
        {
            things = await TellAsync(before);
        }
        // As a dump would bring it: transaction ids that this server will not come to for years, and a snapshot of then.
        await using (var restored = Npgsql.NpgsqlDataSource.Create(database))
        {
            await restored.ExecuteAsync("UPDATE outbox SET xid = (9000000000 + seq)::text::xid8");
            await restored.ExecuteAsync("UPDATE outbox_cursor SET server_id = 1, snap = '9000001000:9000001000:'");
        }

        await using var teller = await StartAsync(name, database);

        await AssertSentTwiceAsync(teller, things, "another server");
    }
}
