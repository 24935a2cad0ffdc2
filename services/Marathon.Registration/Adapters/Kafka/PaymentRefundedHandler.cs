using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Adapters.Postgres;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Kafka;

/// <summary>When the money is back, the registration says so.</summary>
public sealed class PaymentRefundedHandler : IHandle<PaymentRefunded>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<PaymentRefunded>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command($"UPDATE registrations SET pay_status = $2 FROM {StoredRegistrations.InOrder} AS heard WHERE registrations.id = heard.id",
            events.Select(refunded => refunded.Event.RegistrationId).ToArray(), PayStatus.Refunded);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
