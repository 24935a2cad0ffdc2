using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IStock"/>
public sealed class Stock : IStock
{
    private const string Awaited = """
        CASE stock.item
          WHEN 'TOP' THEN EXISTS (SELECT FROM deliveries AS waiting WHERE waiting.race_id = stock.race_id AND waiting.top_size = stock.size
            AND NOT waiting.top_allocated AND waiting.status IN ('RECEIVED', 'BACKORDERED'))
          ELSE EXISTS (SELECT FROM deliveries AS waiting WHERE waiting.race_id = stock.race_id AND waiting.bottom_size = stock.size
            AND NOT waiting.bottom_allocated AND waiting.status IN ('RECEIVED', 'BACKORDERED'))
        END
        """;

    /// <inheritdoc/>
    public async Task<Shelves> ReadAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken, bool heedsQueues = true)
    {
        await using var select = work.Command(
            $"SELECT race_id, item, size, free, allocated, gone, scrapped, {(heedsQueues ? Awaited : "false")} FROM stock WHERE race_id = ANY ($1)", races.ToArray());
        var levels = new Dictionary<Sku, Level>();
        var awaited = new List<Sku>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var sku = new Sku(rows.GetGuid(0), Words.Value<Item>(rows.GetString(1))!.Value, rows.GetString(2));
            levels.Add(sku, new Level(rows.GetInt32(3), rows.GetInt32(4), rows.GetInt32(5), rows.GetInt32(6)));
            if (rows.GetBoolean(7)) awaited.Add(sku);
        }
        return new Shelves(levels, awaited);
    }

    /// <inheritdoc/>
    public async Task SaveAsync(Shelves shelves, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (shelves.Movements.Count == 0) return;
        await using var ledger = work.Command("""
            INSERT INTO stock_movements (race_id, item, size, kind, quantity, registration_id, procurement_id, note, request_key, actor, at)
            SELECT race_id, item, size, kind, quantity, registration_id, procurement_id, note, request_key, $10, $11
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::uuid[], $7::uuid[], $8::text[], $9::text[]) WITH ORDINALITY
              AS movement (race_id, item, size, kind, quantity, registration_id, procurement_id, note, request_key, place)
            ORDER BY place
            """,
            shelves.Movements.Select(movement => movement.Sku.RaceId).ToArray(), shelves.Movements.Select(movement => movement.Sku.Item.Word()).ToArray(),
            shelves.Movements.Select(movement => movement.Sku.Size).ToArray(), shelves.Movements.Select(movement => movement.Kind.Word()).ToArray(),
            shelves.Movements.Select(movement => movement.Quantity).ToArray(), shelves.Movements.Select(movement => movement.RegistrationId).ToArray(),
            shelves.Movements.Select(movement => movement.ProcurementId).ToArray(), shelves.Movements.Select(movement => movement.Note).ToArray(),
            shelves.Movements.Select(movement => movement.RequestKey).ToArray(), Rows.OrNull(Actor.Current?.Name, NpgsqlDbType.Text), now);
        await ledger.ExecuteNonQueryAsync(cancellationToken);

        var changed = shelves.Changed.ToList();
        await using var levels = work.Command("""
            INSERT INTO stock (race_id, item, size, free, allocated, gone, scrapped)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[])
            ON CONFLICT (race_id, item, size) DO UPDATE SET free = excluded.free, allocated = excluded.allocated, gone = excluded.gone, scrapped = excluded.scrapped
            """,
            changed.ConvertAll(entry => entry.Key.RaceId).ToArray(), changed.ConvertAll(entry => entry.Key.Item.Word()).ToArray(),
            changed.ConvertAll(entry => entry.Key.Size).ToArray(), changed.ConvertAll(entry => entry.Value.Free).ToArray(),
            changed.ConvertAll(entry => entry.Value.Allocated).ToArray(), changed.ConvertAll(entry => entry.Value.Gone).ToArray(),
            changed.ConvertAll(entry => entry.Value.Scrapped).ToArray());
        await levels.ExecuteNonQueryAsync(cancellationToken);

        foreach (var race in changed.GroupBy(entry => entry.Key.RaceId))
        {
            await using var tell = work.Command("UPDATE races SET stock_version = stock_version + 1 WHERE race_id = $1 RETURNING stock_version", race.Key);
            work.Publish(new StockChanged
            {
                RaceId = race.Key, At = now,
                Levels = [.. race.Select(entry => new StockLevel(entry.Key.Item.Word(), entry.Key.Size, entry.Value.Free, entry.Value.Allocated, entry.Value.Gone, entry.Value.Scrapped))],
            }, (int)(await tell.ExecuteScalarAsync(cancellationToken))!);
        }
    }

    /// <inheritdoc/>
    public async Task<Movement?> FindAsync(string requestKey, UnitOfWork work, CancellationToken cancellationToken)
    {
        await RequestKeys.LockAsync(requestKey, work, cancellationToken);
        await using var select = work.Command(
            "SELECT race_id, item, size, kind, quantity, registration_id, procurement_id, note FROM stock_movements WHERE request_key = $1", requestKey);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken)
            ? new Movement(
                new Sku(rows.GetGuid(0), Words.Value<Item>(rows.GetString(1))!.Value, rows.GetString(2)), Words.Value<MovementKind>(rows.GetString(3))!.Value, rows.GetInt32(4),
                rows.ValueOrNull<Guid>(5), rows.ValueOrNull<Guid>(6), rows.TextOrNull(7), requestKey)
            : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> RacesToServeAsync(TimeSpan settleTime, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command($"""
            SELECT race_id FROM (
              SELECT race_id FROM stock WHERE free > 0 AND {Awaited}
              UNION
              SELECT race_id FROM (SELECT DISTINCT race_id FROM stock) AS kept
              WHERE EXISTS (SELECT FROM deliveries WHERE deliveries.race_id = kept.race_id AND status = 'RECEIVED')) AS race
            CROSS JOIN LATERAL (SELECT min(since) AS first, max(since) AS last FROM deliveries WHERE deliveries.race_id = race.race_id AND status = 'RECEIVED') AS come
            WHERE last IS NULL OR last <= now() - $1 OR first <= now() - 10 * $1
            """, settleTime);
        return await select.IdsAsync(cancellationToken);
    }
}
