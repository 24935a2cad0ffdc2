using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Messaging.Tests;

/// <summary>What a handler of a test does with an event before it notes it: nothing, or it fails, or waits.</summary>
internal sealed record Before(Func<IntegrationEvent, int, UnitOfWork, Task> Do);

/// <summary>Notes any event as heard, as <see cref="Party"/> does with payments.</summary>
internal sealed class Note<TEvent>(Before before) : IHandle<TEvent> where TEvent : IntegrationEvent
{
    public async Task HandleAsync(IReadOnlyList<Received<TEvent>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        foreach (var heard in events) await before.Do(heard.Event, heard.Version, work);
        await using var insert = work.Command("INSERT INTO heard (aggregate_id, version, text) SELECT *, '' FROM unnest($1::uuid[], $2::int[])",
            events.Select(heard => heard.Event.AggregateId).ToArray(), events.Select(heard => heard.Version).ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A clock that stands still where the test puts it.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}

internal static class Samples
{
    /// <summary>A name of which there is no other, so that tests on one broker do not hear each other.</summary>
    public static string Name() => "g" + Guid.NewGuid().ToString("N")[..12];

    public static IntegrationEvent Paid(Guid thing) =>
        new PaymentCompleted { RegistrationId = thing, Number = "n", Amount = 1, Currency = "KRW", ProviderReference = "r", At = DateTimeOffset.UnixEpoch };

    /// <summary>
    /// Things that happen to kits. Events with gaps are told in this stream: whoever listens to payments would hear them, too, and wait for what
    /// another test never tells.
    /// </summary>
    public static IntegrationEvent Delivered(Guid thing) => new GoodsDelivered { RegistrationId = thing, Number = "n", At = DateTimeOffset.UnixEpoch };

    public static IntegrationEvent Accepted(Guid thing) =>
        new SmsAccepted { RegistrationId = thing, Number = "n", MessageId = Guid.CreateVersion7(), Kind = "confirmed", Text = "t", At = DateTimeOffset.UnixEpoch };

    /// <summary>An event as a consumer hands it on.</summary>
    public static InboxEvent Heard(IntegrationEvent told, int version, string teller = "tests") => new(
        teller, EventCatalog.Stream(told.GetType()), told.AggregateId, version, EventCatalog.Name(told.GetType()), EventCatalog.Serialize(told), null, DateTimeOffset.UtcNow);

    /// <summary>Applies events as if a consumer had taken them from the broker in one batch.</summary>
    public static Task ApplyAsync(this Party party, params IReadOnlyList<InboxEvent> events) =>
        party.Service<EventApplier>().ApplyAsync(new Batch(events, [], [], []), CancellationToken.None);

    /// <summary>Waits until of each thing the versions 1 to <paramref name="last"/> were heard, once each and in this order.</summary>
    public static Task HeardAsync(this Party listener, int last, params IEnumerable<Guid> things) => Eventually.GetAsync(async () =>
    {
        var heard = await listener.HeardAsync();
        Assert.All(things, thing => Assert.Equal(Enumerable.Range(1, last), heard[thing]));
        return true;
    });
}
