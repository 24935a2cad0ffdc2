using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Payments.Adapters.Postgres;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Adapters.Kafka;

/// <summary>
/// The money follows the registration: what is owed is marked in this transaction and paid back in the background; what was never confirmed is voided,
/// so that a charge still on its way finds it so.
/// </summary>
public sealed class OnRegistrationCancelled(TimeProvider time) : IHandle<RegistrationCancelled>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var traces = events.ToDictionary(heard => heard.Event.RegistrationId, heard => heard.TraceParent);
        var unknown = events.Where(heard => !heard.Event.WasConfirmed).Select(heard => heard.Event).ToList();
        // Inserted where there is none; a payment that exists, or comes into being this moment, is locked and judged below.
        await PaymentStore.WriteAsync(work, unknown.ConvertAll(cancelled => Changed(null, Payment.VoidedFromTheStart(
            cancelled.RegistrationId, Guid.CreateVersion7(now), cancelled.Number, amount: 0, cancelled.Currency))), cancellationToken);

        var cancellations = events.ToDictionary(heard => heard.Event.RegistrationId, heard => heard.Event);
        var changes = new List<Change>(events.Count);
        foreach (var payment in await PaymentStore.LockAsync(work, [.. cancellations.Keys], cancellationToken))
        {
            var cancelled = cancellations[payment.RegistrationId];
            var after = payment.RegistrationCancelled(cancelled.WasConfirmed, cancelled.RefundDue);
            if (!ReferenceEquals(after, payment)) changes.Add(Changed(payment, after));
        }
        await PaymentStore.WriteAsync(work, changes, cancellationToken);

        Change Changed(Payment? before, Payment after) => new(before, after, now, traces[after.RegistrationId]);
    }
}
