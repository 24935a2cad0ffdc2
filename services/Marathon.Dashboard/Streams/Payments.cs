using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

/// <summary>The columns of the stream <c>payments</c>.</summary>
internal sealed class Payments(Changes changes) : IHandle<PaymentCompleted>, IHandle<PaymentDeclined>, IHandle<PaymentVoided>, IHandle<PaymentRefunded>
{
    public Task HandleAsync(IReadOnlyList<Received<PaymentCompleted>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "COMPLETED", heard => new(PaidAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<PaymentDeclined>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "DECLINED", _ => default, work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<PaymentVoided>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "VOIDED", _ => default, work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<PaymentRefunded>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "REFUNDED", heard => new(RefundedAmount: heard.Amount, RefundedAt: heard.At.UtcDateTime), work, cancellationToken);

    private async Task WriteAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, string status, Func<TEvent, Step> read, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : PaymentEvent
    {
        var steps = events.Each(heard => read(heard.Event));
        // What an event does not speak of stays as an earlier one left it.
        await using var write = changes.Command(work, """
            INSERT INTO registrations AS known (registration_id, number, payment_version, as_of, paid_at, refunded_amount, refunded_at, payment_status)
            SELECT *, $8 FROM unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::int[], $7::timestamptz[]) AS heard (registration_id)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              payment_version = excluded.payment_version, as_of = greatest(known.as_of, excluded.as_of), payment_status = excluded.payment_status,
              paid_at = coalesce(excluded.paid_at, known.paid_at),
              refunded_amount = coalesce(excluded.refunded_amount, known.refunded_amount), refunded_at = coalesce(excluded.refunded_at, known.refunded_at)
            WHERE known.payment_version < excluded.payment_version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.Number), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.At.UtcDateTime),
            Array.ConvertAll(steps, step => step.PaidAt), Array.ConvertAll(steps, step => step.RefundedAmount), Array.ConvertAll(steps, step => step.RefundedAt),
            status);
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct Step(DateTime? PaidAt = null, int? RefundedAmount = null, DateTime? RefundedAt = null);
}
