using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>A process dies at a step of its relay, its consumer or its transactions: nothing is lost, doubled or out of order.</summary>
public sealed class StepTests(SharedChain shared, ITestOutputHelper output) : IClassFixture<SharedChain>, IAsyncLifetime
{
    private const int Events = 300;

    private Chain chain = null!;

    public async Task InitializeAsync() => chain = await shared.TakeAsync(output);

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Steps that events lead to by themselves.</summary>
    [Theory]
    [InlineData("relay.read")]
    [InlineData("relay.acknowledged")]
    [InlineData("relay.moved")]
    [InlineData("consumer.filled")]
    [InlineData("consumer.planned")]
    [InlineData("consumer.claimed")]
    [InlineData("consumer.applied")]
    [InlineData("consumer.committed")]
    [InlineData("consumer.stored")]
    [InlineData("work.inserted")]
    [InlineData("work.committed")]
    public async Task Process_WhenKilledUnderLoad_LosesNothing(string step)
    {
        var victim = step.StartsWith("consumer.", StringComparison.Ordinal) ? chain.Follower : chain.Teller;
        await victim.ArmAsync($"{step}=kill");
        await chain.WriteAsync(Events);

        await victim.DiedAsync(step);

        await chain.CheckAsync();
    }

    /// <summary>Steps that a process comes to at its start.</summary>
    [Theory]
    [InlineData("relay.leading")]
    [InlineData("consumer.assigned")]
    public async Task Processes_WhenKilledAtTheirStart_LoseNothing(string step)
    {
        await chain.WriteAsync(Events);
        foreach (var worker in chain.Everybody)
        {
            worker.ArmNext($"{step}=kill");
            worker.Kill();
        }

        await chain.Teller.DiedAsync(step);
        await chain.Follower.DiedAsync(step);

        await chain.CheckAsync();
    }

    [Fact]
    public async Task Relays_WhenKilledInAReplay_GoOnWithIt()
    {
        await chain.WriteAsync(Events);
        await chain.CheckAsync();
        foreach (var worker in chain.Everybody) await worker.ArmAsync("relay.replayed=kill");

        // As after the broker was lost.
        await chain.TellerDb.ExecuteAsync("UPDATE outbox_cursor SET cluster_id = 'another'");
        await chain.FollowerDb.ExecuteAsync("UPDATE outbox_cursor SET cluster_id = 'another'");
        await chain.Teller.DiedAsync("relay.replayed");
        await chain.Follower.DiedAsync("relay.replayed");
        await chain.WriteAsync(Events);

        await chain.CheckAsync();
        foreach (var database in (Npgsql.NpgsqlDataSource[])[chain.TellerDb, chain.FollowerDb])
            await Eventually.TrueAsync(async () => await Chain.NumberAsync(database, "SELECT count(*) FROM outbox_replays WHERE finished_at IS NULL") == 0);
    }

    [Fact]
    public async Task Consumer_WhenKilledAtARevocation_LosesNothing()
    {
        await chain.Follower.ArmAsync("consumer.revoked=kill");
        await chain.WriteAsync(Events);
        await using (chain.AddFollower())
        {
            await chain.Follower.DiedAsync("consumer.revoked");
            await chain.CheckAsync();
        }
        chain.Followers.RemoveAt(1);
    }

    [Fact]
    public async Task Consumer_WhenKilledAsItParksADeadLetter_ParksItAgain()
    {
        var (thing, version) = await chain.PoisonAsync();
        await chain.Follower.ArmAsync("consumer.parked=kill");
        await chain.WriteAsync(Events, (thing, version));

        await chain.Follower.DiedAsync("consumer.parked");

        await chain.CureAsync(thing, version);
        await chain.CheckAsync();
    }
}
