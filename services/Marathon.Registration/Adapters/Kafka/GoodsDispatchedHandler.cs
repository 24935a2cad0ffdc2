using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Registration.Adapters.Kafka;

/// <summary>When the kit has left, the registration is no longer changed.</summary>
public sealed class GoodsDispatchedHandler : IHandle<GoodsDispatched>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<GoodsDispatched>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("UPDATE registrations SET kit_dispatched = true WHERE id = ANY ($1)",
            events.Select(dispatched => dispatched.Event.RegistrationId).ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
