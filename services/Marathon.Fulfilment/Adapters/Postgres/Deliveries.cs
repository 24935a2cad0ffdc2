using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IDeliveries"/>
public sealed class Deliveries : IDeliveries
{
    /// <inheritdoc/>
    public async Task AddAsync(
        IReadOnlyList<(Delivery Delivery, RollEntry Entry)> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO deliveries
              (registration_id, number, race_id, status, version, top_size, bottom_size, top_allocated, bottom_allocated, name, phone_no, address, confirmed_at, since)
            SELECT *, $14::timestamptz
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::boolean[], $9::boolean[],
              $10::text[], $11::text[], $12::text[], $13::timestamptz[])
            """,
            deliveries.Select(added => added.Delivery.RegistrationId).ToArray(), deliveries.Select(added => added.Delivery.Number).ToArray(),
            deliveries.Select(added => added.Delivery.RaceId).ToArray(), deliveries.Select(added => added.Delivery.Status.Word()).ToArray(),
            deliveries.Select(added => added.Delivery.Version).ToArray(), deliveries.Select(added => added.Delivery.Kit.TopSize).ToArray(),
            deliveries.Select(added => added.Delivery.Kit.BottomSize).ToArray(), deliveries.Select(added => added.Delivery.Kit.HasTop).ToArray(),
            deliveries.Select(added => added.Delivery.Kit.HasBottom).ToArray(), deliveries.Select(added => added.Entry.Runner.Name).ToArray(),
            deliveries.Select(added => added.Entry.Runner.PhoneNo).ToArray(), deliveries.Select(added => added.Entry.Runner.Address).ToArray(),
            deliveries.Select(added => added.Entry.ConfirmedAt.UtcDateTime).ToArray(), now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ChangeAsync(IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE deliveries AS delivery SET name = changed.name, phone_no = changed.phone_no, address = changed.address
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS changed (registration_id, name, phone_no, address)
            WHERE delivery.registration_id = changed.registration_id AND delivery.status = ANY ($5)
            """,
            changes.Select(change => change.RegistrationId).ToArray(), changes.Select(change => change.Runner.Name).ToArray(),
            changes.Select(change => change.Runner.PhoneNo).ToArray(), changes.Select(change => change.Runner.Address).ToArray(),
            Delivery.Here.Select(status => status.Word()).ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> RacesOfAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT DISTINCT race_id FROM deliveries WHERE registration_id = ANY ($1)", registrations.ToArray());
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> LockAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT registration_id, number, race_id, status, version, top_size, bottom_size, top_allocated, bottom_allocated, parcels, carrier, tracking_number FROM deliveries
            WHERE registration_id = ANY ($1) ORDER BY registration_id FOR UPDATE
            """, registrations.ToArray());
        var deliveries = new List<Delivery>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            deliveries.Add(new Delivery(
                rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), Words.Value<DeliveryStatus>(rows.GetString(3))!.Value, rows.GetInt32(4),
                new Kit(rows.GetString(5), rows.GetString(6), rows.GetBoolean(7), rows.GetBoolean(8)), rows.GetInt32(9),
                rows.IsDBNull(10) ? null : new Shipment(rows.GetString(10), rows.GetString(11))));
        return deliveries;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, Guid>> NamedAsync(IReadOnlyCollection<string> numbers, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT number, registration_id FROM deliveries WHERE number = ANY ($1)", (object)numbers.ToArray());
        var named = new Dictionary<string, Guid>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) named.Add(rows.GetString(0), rows.GetGuid(1));
        return named;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> ReadyAsync(Guid raceId, int limit, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT registration_id FROM deliveries WHERE race_id = $1 AND status = 'READY' ORDER BY since, registration_id LIMIT $2", raceId, limit);
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>?> ClaimAsync(Guid raceId, string requestKey, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO dispatches (race_id, request_key) VALUES ($1, $2) ON CONFLICT (race_id, request_key) DO UPDATE SET at = dispatches.at
            RETURNING CASE WHEN xmax <> 0 THEN registration_ids END
            """, raceId, requestKey);
        return await insert.ExecuteScalarAsync(cancellationToken) as Guid[];
    }

    /// <inheritdoc/>
    public async Task NoteAsync(Guid raceId, string requestKey, IEnumerable<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("UPDATE dispatches SET registration_ids = $3 WHERE race_id = $1 AND request_key = $2", raceId, requestKey, registrations.ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> DueAsync(DateTimeOffset before, int limit, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT registration_id FROM races JOIN deliveries USING (race_id)
            WHERE NOT picks_up AND status = 'READY' AND since <= $1 ORDER BY since LIMIT $2
            """, before, limit);
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> AwaitingAsync(Sku sku, int limit, UnitOfWork work, CancellationToken cancellationToken)
    {
        var item = sku.Item is Item.Top ? "top" : "bottom";
        await using var select = work.Command($"""
            SELECT registration_id FROM deliveries
            WHERE race_id = $1 AND {item}_size = $2 AND NOT {item}_allocated AND status IN ('RECEIVED', 'BACKORDERED') ORDER BY confirmed_at, registration_id LIMIT $3
            """, sku.RaceId, sku.Size, limit);
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> ReceivedAsync(Guid raceId, int limit, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT registration_id FROM deliveries WHERE race_id = $1 AND status = 'RECEIVED' LIMIT $2", raceId, limit);
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SaveAsync(IReadOnlyCollection<Delivery> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (deliveries.Count == 0) return;
        await using var update = work.Command("""
            UPDATE deliveries AS delivery
            SET status = step.status, version = step.version, carrier = step.carrier, tracking_number = step.tracking_number, parcels = step.parcels,
              top_size = step.top_size, bottom_size = step.bottom_size, top_allocated = step.top_allocated, bottom_allocated = step.bottom_allocated,
              since = CASE WHEN delivery.status = step.status THEN delivery.since ELSE $11 END
            FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::boolean[], $10::boolean[])
              AS step (registration_id, status, version, carrier, tracking_number, parcels, top_size, bottom_size, top_allocated, bottom_allocated)
            WHERE delivery.registration_id = step.registration_id
            """,
            deliveries.Select(delivery => delivery.RegistrationId).ToArray(), deliveries.Select(delivery => delivery.Status.Word()).ToArray(),
            deliveries.Select(delivery => delivery.Version).ToArray(),
            deliveries.Select(delivery => delivery.Shipment?.Carrier).ToArray(), deliveries.Select(delivery => delivery.Shipment?.TrackingNumber).ToArray(),
            deliveries.Select(delivery => delivery.Parcels).ToArray(),
            deliveries.Select(delivery => delivery.Kit.TopSize).ToArray(), deliveries.Select(delivery => delivery.Kit.BottomSize).ToArray(),
            deliveries.Select(delivery => delivery.Kit.HasTop).ToArray(), deliveries.Select(delivery => delivery.Kit.HasBottom).ToArray(), now);
        var saved = await update.ExecuteNonQueryAsync(cancellationToken);
        if (saved != deliveries.Count) throw new InvalidOperationException($"{deliveries.Count - saved} deliveries were not there.");
    }

    /// <inheritdoc/>
    public async Task<int> TellAsync(Guid registrationId, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("UPDATE deliveries SET version = version + 1 WHERE registration_id = $1 RETURNING version", registrationId);
        return (int)(await update.ExecuteScalarAsync(cancellationToken))!;
    }
}
