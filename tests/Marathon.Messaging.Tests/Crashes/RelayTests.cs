using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>Two relays that both believe they lead.</summary>
[Collection(nameof(SharedChain))]
public sealed class RelayTests(SharedChain shared, ITestOutputHelper output)
{
    private const string Locks = "FROM pg_locks WHERE locktype = 'advisory' AND classid = 1330992194 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    /// <summary>The leader is frozen with events in hand, its session times out, another one leads and sends, and then it wakes.</summary>
    [Theory]
    [InlineData("relay.read")]
    [InlineData("relay.acknowledged")]
    public async Task Relay_WhenFrozenAndReplaced_DoesNoHarmWhenItWakes(string step)
    {
        await using var chain = await Chain.StartAsync(shared.Servers, output, new ChainOptions { Writing = 2, Writers = 4 });
        // A relay has the lock first, and then its epoch: only with both does it lead.
        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.TellerDb, $"SELECT (SELECT count(*) {Locks}) + (SELECT count(*) FROM outbox_cursor WHERE epoch > 0)") == 4, because: "no relay leads");
        var second = chain.AddTeller();
        await second.ListeningAsync();
        var epochs = await Chain.NumberAsync(chain.TellerDb, "SELECT sum(epoch)::bigint FROM outbox_cursor");

        await chain.Teller.ArmAsync($"{step}=stop");
        await chain.WriteAsync(300);
        await chain.Teller.StruckAsync(step, "stop");
        // As keep-alive does with a client that does not answer any more.
        await chain.TellerDb.RowsAsync($"SELECT pg_terminate_backend(pid) {Locks}");
        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.TellerDb, "SELECT sum(epoch)::bigint FROM outbox_cursor") >= epochs + 2,
            because: "no other relay took over");
        await chain.WriteAsync(300);
        await Eventually.TrueAsync(async () => await Chain.NumberAsync(chain.FollowerDb, "SELECT count(*) FROM effects") > 0, TimeSpan.FromSeconds(40), "the new relay sends nothing");
        chain.Teller.Thaw();

        await chain.CheckAsync();
    }
}
