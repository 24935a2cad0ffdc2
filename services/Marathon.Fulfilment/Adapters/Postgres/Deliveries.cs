using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IDeliveries"/>
public sealed class Deliveries : IDeliveries
{
    /// <inheritdoc/>
    public async Task AddAsync(
        IReadOnlyList<(Delivery Delivery, Runner Runner)> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO deliveries (registration_id, number, status, version, name, phone_no, address, top_size, bottom_size, since)
            SELECT *, $10::timestamptz
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
            """,
            deliveries.Select(added => added.Delivery.RegistrationId).ToArray(), deliveries.Select(added => added.Delivery.Number).ToArray(),
            deliveries.Select(added => Text(added.Delivery.Status)).ToArray(), deliveries.Select(added => added.Delivery.Version).ToArray(),
            deliveries.Select(added => added.Runner.Name).ToArray(), deliveries.Select(added => added.Runner.PhoneNo).ToArray(),
            deliveries.Select(added => added.Runner.Address).ToArray(), deliveries.Select(added => added.Runner.TopSize).ToArray(),
            deliveries.Select(added => added.Runner.BottomSize).ToArray(), now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ChangeAsync(
        IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, IReadOnlyList<DeliveryStatus> open, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE deliveries AS delivery
            SET name = changed.name, phone_no = changed.phone_no, address = changed.address, top_size = changed.top_size, bottom_size = changed.bottom_size
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
              AS changed (registration_id, name, phone_no, address, top_size, bottom_size)
            WHERE delivery.registration_id = changed.registration_id AND delivery.status = ANY ($7)
            """,
            changes.Select(change => change.RegistrationId).ToArray(), changes.Select(change => change.Runner.Name).ToArray(),
            changes.Select(change => change.Runner.PhoneNo).ToArray(), changes.Select(change => change.Runner.Address).ToArray(),
            changes.Select(change => change.Runner.TopSize).ToArray(), changes.Select(change => change.Runner.BottomSize).ToArray(),
            open.Select(Text).ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> LockAsync(IReadOnlyList<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT registration_id, number, status, version, carrier, tracking_number FROM deliveries
            WHERE registration_id = ANY ($1) ORDER BY registration_id FOR UPDATE
            """, registrations.ToArray());
        return await ReadAsync(select, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> LockDueAsync(
        DeliveryStatus status, DateTimeOffset before, int limit, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT registration_id, number, status, version, carrier, tracking_number FROM deliveries
            WHERE status = $1 AND since <= $2 ORDER BY since LIMIT $3 FOR UPDATE SKIP LOCKED
            """, Text(status), before, limit);
        return await ReadAsync(select, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SaveAsync(IReadOnlyList<Delivery> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (deliveries.Count == 0) return;
        // Every step tells one event, so the version before says the status before.
        await using var update = work.Command("""
            UPDATE deliveries AS delivery
            SET status = step.status, version = step.version, carrier = step.carrier, tracking_number = step.tracking_number, since = $6
            FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) AS step (registration_id, status, version, carrier, tracking_number)
            WHERE (delivery.registration_id, delivery.version) = (step.registration_id, step.version - 1)
            """,
            deliveries.Select(delivery => delivery.RegistrationId).ToArray(), deliveries.Select(delivery => Text(delivery.Status)).ToArray(),
            deliveries.Select(delivery => delivery.Version).ToArray(),
            Texts(deliveries.Select(delivery => delivery.Shipment?.Carrier)), Texts(deliveries.Select(delivery => delivery.Shipment?.TrackingNumber)), now);
        var saved = await update.ExecuteNonQueryAsync(cancellationToken);
        if (saved != deliveries.Count) throw new InvalidOperationException($"{deliveries.Count - saved} deliveries changed under their lock.");
    }

    private static async Task<IReadOnlyList<Delivery>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var deliveries = new List<Delivery>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            deliveries.Add(new Delivery(
                rows.GetGuid(0), rows.GetString(1), Parse(rows.GetString(2)), rows.GetInt32(3),
                rows.IsDBNull(4) ? null : new Shipment(rows.GetString(4), rows.GetString(5))));
        return deliveries;
    }

    private static NpgsqlParameter Texts(IEnumerable<string?> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static string Text(DeliveryStatus status) => status switch
    {
        DeliveryStatus.Received => "RECEIVED",
        DeliveryStatus.Dispatched => "DISPATCHED",
        DeliveryStatus.Delivered => "DELIVERED",
        DeliveryStatus.Cancelled => "CANCELLED",
        DeliveryStatus.ReturnRequested => "RETURN_REQUESTED",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    private static DeliveryStatus Parse(string text) => Enum.GetValues<DeliveryStatus>().Single(status => Text(status) == text);
}
