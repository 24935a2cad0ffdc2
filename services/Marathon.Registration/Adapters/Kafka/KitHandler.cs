using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Adapters.Postgres;

namespace Marathon.Registration.Adapters.Kafka;

/// <summary>While the kit is away, sent or with its runner, the registration is not changed: the kit would not be. Once it is back, it can be again.</summary>
public sealed class KitHandler : IHandle<GoodsDispatched>, IHandle<GoodsPickedUp>, IHandle<GoodsReturned>
{
    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsDispatched>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        NoteAsync(events, isAway: true, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsPickedUp>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        NoteAsync(events, isAway: true, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsReturned>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        NoteAsync(events, isAway: false, work, cancellationToken);

    private static async Task NoteAsync<TEvent>(IReadOnlyList<Received<TEvent>> events, bool isAway, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : DeliveryEvent
    {
        await using var update = work.Command($"UPDATE registrations SET kit_dispatched = $2 FROM {StoredRegistrations.InOrder} AS heard WHERE registrations.id = heard.id",
            events.Select(heard => heard.Event.RegistrationId).ToArray(), isAway);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
