using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>Consumers that come and go, and events that cannot be applied.</summary>
[Collection(nameof(SharedChain))]
public sealed class ConsumerTests(SharedChain shared, ITestOutputHelper output)
{
    [Fact]
    public async Task Consumers_WhenTheyJoinAndDieInMidBatch_ApplyEachEventOnce()
    {
        await using var chain = await Chain.StartAsync(shared.Servers, output, new ChainOptions { Rate = 400 });
        for (var round = 0; round < 2; round++)
        {
            await chain.AddFollower().ListeningAsync();
            // Whichever has most of the payments dies with a batch in hand, while both read.
            foreach (var follower in chain.Followers) await follower.ArmAsync("consumer.applied=kill@3");
            await chain.WriteAsync(1200);
            // It goes on until then: a slow machine takes many at a time, and so in few batches.
            await Eventually.TrueAsync(async () =>
            {
                await chain.WriteAsync(20);
                return chain.Followers.Sum(follower => follower.Deaths.Count) > round;
            }, TimeSpan.FromSeconds(40), "no consumer died");
        }
        await chain.CheckAsync();
    }

    [Fact]
    public async Task Event_WhenItIsPoison_HoldsUpOnlyItsOwnAggregate_UntilAnOperatorReplaysIt()
    {
        var chain = await shared.TakeAsync(output);
        var (thing, version) = await chain.PoisonAsync();
        await chain.WriteAsync(400, (thing, version));

        var others = await Chain.NumberAsync(chain.TellerDb, "SELECT sum(version)::bigint FROM things WHERE stream = 'payments' AND id <> $1", thing);
        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.FollowerDb, "SELECT count(*) FROM effects WHERE stream = 'payments' AND aggregate_id <> $1", thing) == others,
            TimeSpan.FromSeconds(40), "the others are held up, too");
        Assert.Equal(version - 1, await Chain.NumberAsync(chain.FollowerDb, "SELECT coalesce(max(version), 0)::bigint FROM effects WHERE stream = 'payments' AND aggregate_id = $1", thing));

        await chain.CureAsync(thing, version);
        await chain.CheckAsync();
    }
}
