using Marathon.Testing;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class InboxTests(Servers servers)
{
    [Fact]
    public async Task Known_WhenThereWasLittleWhenItWasLastAnalysed_IsFoundByKey()
    {
        await using var listener = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), kafka: "127.0.0.1:1", listens: false);
        var things = Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7()).ToArray();
        await listener.Database.ExecuteAsync("INSERT INTO inbox (stream, aggregate_id, version) VALUES ('payments', $1, 1)", things[0]);
        await listener.Database.ExecuteAsync("VACUUM ANALYZE inbox, parked_events");

        var plan = await listener.Database.RowsAsync("EXPLAIN " + Inbox.Known, things.Select(_ => "payments").ToArray(), things);

        Assert.Equal(2, plan.Count(line => line.Contains("Index Cond: ((stream = key.stream) AND (aggregate_id = key.aggregate_id))")));
    }
}
