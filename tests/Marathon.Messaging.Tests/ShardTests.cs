using Marathon.Testing;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class ShardTests(Servers servers)
{
    private static async Task<string> LeadsAsync(Party party) =>
        string.Join(',', (await party.Service<MessagingStatus>().ReadAsync(CancellationToken.None)).Leads.Keys.Order());

    [Fact]
    public async Task Shards_WithTwoReplicas_AreLedOnceEach_AndTakenOver()
    {
        var (name, database) = (Samples.Name(), await servers.CreateDatabaseAsync());
        await using var first = await Party.StartAsync(name, database, servers.Kafka, listens: false);
        await Eventually.TrueAsync(async () => await LeadsAsync(first) == "0,1", because: "one alone leads both");
        await using (var second = await Party.StartAsync(name, database, servers.Kafka, listens: false))
        {
            for (var round = 0; round < 10; round++)
            {
                await second.TellAsync(Guid.CreateVersion7());
                await second.SentAsync();
                Assert.Equal(["1", "1"], await first.Database.RowsAsync("SELECT epoch FROM outbox_cursor"));
                Assert.Equal(("0,1", ""), (await LeadsAsync(first), await LeadsAsync(second)));
            }
            await first.DisposeAsync();
            await Eventually.TrueAsync(async () => await LeadsAsync(second) == "0,1", because: "the second takes over");
            Assert.Equal(["2", "2"], await second.Database.RowsAsync("SELECT epoch FROM outbox_cursor"));
        }
    }

    [Fact]
    public async Task Events_OfBothShards_AreSentOnceEach_HoweverOftenTheRelayLooks()
    {
        await using var teller = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false,
            settings: [("Messaging:PollInterval", "00:00:00.005"), ("Messaging:Linger", "00:00:00.001"), ("Messaging:ClusterCheckInterval", "00:00:00.020")]);
        List<Guid> things = [.. ThingsOf(shard: 0).Take(4), .. ThingsOf(shard: 1).Take(4)];

        for (var round = 1; round <= 10; round++)
        {
            foreach (var thing in things) await teller.TellAsync(thing);
            await teller.SentAsync();
        }

        using var broker = new Broker(servers.Kafka);
        var sent = broker.Sent("payments", teller.Name);
        Assert.All(things, thing => Assert.Equal(Enumerable.Range(1, 10), sent[thing]));

        static IEnumerable<Guid> ThingsOf(int shard)
        {
            while (true)
                if (Guid.CreateVersion7() is var thing && OutboxShards.Of(thing) == shard) yield return thing;
        }
    }
}
