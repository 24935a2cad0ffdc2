using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>Consumers that come and go, and events that cannot be applied.</summary>
[Collection(nameof(Steps))]
public sealed class ConsumerTests(Steps steps, ITestOutputHelper output)
{
    [Fact]
    public async Task Consumers_WhenTheyJoinAndDieInMidBatch_ApplyEachEventOnce()
    {
        await using var chain = await Chain.StartAsync(steps.Servers, output, new ChainOptions { Rate = 400 });
        for (var round = 0; round < 2; round++)
        {
            var joined = chain.AddFollower();
            await joined.ListeningAsync();
            // The one that was there before dies with a batch in hand, while both read.
            await chain.Follower.ArmAsync("consumer.applied=kill@5");
            await chain.WriteAsync(1200);
            await chain.Follower.DiedAsync("consumer.applied");
            await joined.DisposeAsync();
            chain.Followers.Remove(joined);
        }
        await chain.CheckAsync();
    }

    [Fact]
    public async Task Event_WhenItIsPoison_HoldsUpOnlyItsOwnAggregate_UntilAnOperatorReplaysIt()
    {
        var chain = await steps.ChainAsync(output);
        var (thing, version) = await chain.PoisonAsync();
        await chain.WriteAsync(400);

        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.TellerDb, "SELECT (sum(version) - (SELECT events FROM plan))::bigint FROM things WHERE stream = 'payments'") == 0,
            TimeSpan.FromSeconds(40));
        var others = await Chain.NumberAsync(chain.TellerDb, "SELECT sum(version)::bigint FROM things WHERE stream = 'payments' AND id <> $1", thing);
        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.FollowerDb, "SELECT count(*) FROM effects WHERE stream = 'payments' AND aggregate_id <> $1", thing) == others,
            TimeSpan.FromSeconds(40), "the others are held up, too");
        Assert.Equal(version - 1, await Chain.NumberAsync(chain.FollowerDb, "SELECT coalesce(max(version), 0)::bigint FROM effects WHERE stream = 'payments' AND aggregate_id = $1", thing));

        await chain.CureAsync(thing, version);
        await chain.CheckAsync();
    }
}
