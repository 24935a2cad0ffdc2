using Marathon.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>The broker holds events twice, in any order, or not at all.</summary>
[Collection(nameof(SharedChain))]
public sealed class DisorderTests(SharedChain shared, ITestOutputHelper output)
{
    private const int Events = 300;

    [Fact]
    public async Task Events_WhenSentAgainInAnyOrder_AreAppliedOnce()
    {
        var chain = await shared.TakeAsync(output);
        await chain.WriteAsync(Events);
        await chain.DrainAsync();
        using var source = new EventSource(shared.Servers.Kafka, chain.TellerName);

        await source.SendStoredAsync(chain.TellerDb, Chain.Payments, events => Shuffled(events.Concat(events)));
        // Behind all of them in every partition: when these are applied, those were looked at.
        await chain.WriteAsync(Events);

        await chain.CheckAsync();
    }

    [Fact]
    public async Task Events_WhenSentInAnyOrderWithRepeatsAndOneLost_AreAppliedOnceInOrder_AndTheLostOneIsAskedFor()
    {
        var chain = await shared.TakeAsync(output);
        await using (await RelaysHeldAsync(chain))
        {
            await chain.WriteAsync(Events);
            await chain.WrittenAsync();
            using var source = new EventSource(shared.Servers.Kafka, chain.TellerName);
            await source.SendStoredAsync(chain.TellerDb, Chain.Payments, events =>
            {
                // Not the last of its aggregate: one after it must come, for its absence to be noticed.
                var lost = events.GroupBy(told => told.AggregateId).Select(told => told.MaxBy(one => one.Version)).Where(last => last.Version > 1).Select(last => last with { Version = last.Version - 1 }).Take(3).ToHashSet();
                return Shuffled(events.Concat(events.Where(_ => Random.Shared.Next(3) == 0)).Where(told => !lost.Contains(told)));
            });
            // The relays are to believe that they sent all of it.
            await chain.TellerDb.ExecuteAsync("UPDATE outbox_cursor SET snap = pg_current_snapshot()");
        }

        await chain.CheckAsync();
        Assert.True(await Chain.NumberAsync(chain.FollowerDb, "SELECT count(*) FROM outbox WHERE stream = 'resends'") > 0, "nothing was asked for");
    }

    /// <summary>Takes the lead from the teller's relays, until disposed.</summary>
    private static async Task<NpgsqlConnection> RelaysHeldAsync(Chain chain)
    {
        var holder = await chain.TellerDb.OpenConnectionAsync();
        await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(1330992194, 0), pg_advisory_lock(1330992194, 1)", holder);
        var taking = take.ExecuteNonQueryAsync();
        await Eventually.TrueAsync(async () =>
        {
            await chain.TellerDb.RowsAsync("""
                SELECT pg_terminate_backend(pid) FROM pg_locks
                WHERE locktype = 'advisory' AND classid = 1330992194 AND granted AND pid <> $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """, holder.ProcessID);
            return taking.IsCompleted;
        }, because: "the relays do not give way");
        await taking;
        return holder;
    }

    private static T[] Shuffled<T>(IEnumerable<T> items)
    {
        var shuffled = items.ToArray();
        Random.Shared.Shuffle(shuffled);
        return shuffled;
    }
}
