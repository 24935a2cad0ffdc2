using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;
using NpgsqlTypes;

namespace Marathon.Dashboard.Streams;

/// <summary>The columns of the stream <c>deliveries</c>.</summary>
internal sealed class Deliveries(Changes changes) :
    IHandle<RegisterMasterReceived>, IHandle<GoodsReady>, IHandle<GoodsBackordered>, IHandle<GoodsDispatched>, IHandle<GoodsDelivered>, IHandle<GoodsPickedUp>,
    IHandle<GoodsCancelled>, IHandle<GoodsReturnRequested>, IHandle<GoodsReturned>, IHandle<RunnerCheckedIn>
{
    public Task HandleAsync(IReadOnlyList<Received<RegisterMasterReceived>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "RECEIVED", heard => new(Bib: heard.Bib, ReceivedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsReady>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "READY", heard => new(ReadyAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsBackordered>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "BACKORDERED", _ => default, work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsDispatched>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "DISPATCHED", heard => new(Carrier: heard.Carrier, TrackingNumber: heard.TrackingNumber, DispatchedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsDelivered>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "DELIVERED", heard => new(DeliveredAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsPickedUp>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "PICKED_UP", heard => new(PickedUpAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsCancelled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "CANCELLED", heard => new(EndedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsReturnRequested>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "RETURN_REQUESTED", heard => new(EndedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<GoodsReturned>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "RETURNED", heard => new(ReturnedAt: heard.At.UtcDateTime), work, cancellationToken);

    /// <summary>Of the runner, not of the kit: its status stays.</summary>
    public Task HandleAsync(IReadOnlyList<Received<RunnerCheckedIn>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, status: null, heard => new(CheckedInAt: heard.At.UtcDateTime), work, cancellationToken);

    private async Task WriteAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, string? status, Func<TEvent, Step> read, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : DeliveryEvent
    {
        var steps = events.Each(heard => read(heard.Event));
        // What an event does not speak of stays as an earlier one left it.
        await using var write = changes.Command(work, """
            INSERT INTO registrations AS known (
              registration_id, number, delivery_version, as_of, bib, carrier, tracking_number, received_at, ready_at, dispatched_at, delivered_at, picked_up_at,
              delivery_ended_at, returned_at, checked_in_at, delivery_status)
            SELECT *, $16 FROM unnest(
              $1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::int[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
              $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[]) AS heard (registration_id)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              delivery_version = excluded.delivery_version, as_of = greatest(known.as_of, excluded.as_of),
              delivery_status = coalesce(excluded.delivery_status, known.delivery_status), bib = coalesce(excluded.bib, known.bib),
              carrier = coalesce(excluded.carrier, known.carrier), tracking_number = coalesce(excluded.tracking_number, known.tracking_number),
              received_at = coalesce(excluded.received_at, known.received_at), ready_at = coalesce(excluded.ready_at, known.ready_at),
              dispatched_at = coalesce(excluded.dispatched_at, known.dispatched_at), delivered_at = coalesce(excluded.delivered_at, known.delivered_at),
              picked_up_at = coalesce(excluded.picked_up_at, known.picked_up_at), delivery_ended_at = coalesce(excluded.delivery_ended_at, known.delivery_ended_at),
              returned_at = coalesce(excluded.returned_at, known.returned_at), checked_in_at = coalesce(excluded.checked_in_at, known.checked_in_at)
            WHERE known.delivery_version < excluded.delivery_version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.Number), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.At.UtcDateTime), Array.ConvertAll(steps, step => step.Bib),
            Array.ConvertAll(steps, step => step.Carrier), Array.ConvertAll(steps, step => step.TrackingNumber),
            Array.ConvertAll(steps, step => step.ReceivedAt), Array.ConvertAll(steps, step => step.ReadyAt), Array.ConvertAll(steps, step => step.DispatchedAt),
            Array.ConvertAll(steps, step => step.DeliveredAt), Array.ConvertAll(steps, step => step.PickedUpAt), Array.ConvertAll(steps, step => step.EndedAt),
            Array.ConvertAll(steps, step => step.ReturnedAt), Array.ConvertAll(steps, step => step.CheckedInAt),
            Rows.OrNull(status, NpgsqlDbType.Text));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct Step(
        int? Bib = null, string? Carrier = null, string? TrackingNumber = null,
        DateTime? ReceivedAt = null, DateTime? ReadyAt = null, DateTime? DispatchedAt = null, DateTime? DeliveredAt = null, DateTime? PickedUpAt = null,
        DateTime? EndedAt = null, DateTime? ReturnedAt = null, DateTime? CheckedInAt = null);
}
