using System.Globalization;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IProcurements"/>
public sealed class Procurements : IProcurements
{
    /// <inheritdoc/>
    public async Task<string> NextNumberAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var next = work.Command("SELECT nextval('procurement_numbers')");
        return "PO-" + ((long)(await next.ExecuteScalarAsync(cancellationToken))!).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async Task<Procurement?> FindAsync(string requestKey, UnitOfWork work, CancellationToken cancellationToken)
    {
        await RequestKeys.LockAsync(requestKey, work, cancellationToken);
        await using var select = work.Command(StoredProcurements.Select("request_key = $1"), requestKey);
        return await StoredProcurements.ReadAsync(select, cancellationToken) is [var order] ? order.Procurement : null;
    }

    /// <inheritdoc/>
    public async Task<Guid?> RaceOfAsync(Guid id, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT race_id FROM procurements WHERE id = $1", id);
        return (Guid?)await select.ExecuteScalarAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task AddAsync(Procurement procurement, string? requestKey, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("INSERT INTO procurements (id, number, race_id, status, version, requested_at, since, request_key) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
            procurement.Id, procurement.Number, procurement.RaceId, procurement.Status.Word(), procurement.Version, now, Rows.OrNull(requestKey, NpgsqlDbType.Text));
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await using var lines = work.Command("""
            INSERT INTO procurement_lines (procurement_id, place, item, size, quantity)
            SELECT $1, place, item, size, quantity FROM unnest($2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS line (item, size, quantity, place)
            """, procurement.Id, procurement.Lines.Select(line => line.Item.Word()).ToArray(), procurement.Lines.Select(line => line.Size).ToArray(),
            procurement.Lines.Select(line => line.Quantity).ToArray());
        await lines.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Procurement?> LockAsync(Guid id, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using (var select = work.Command("SELECT FROM procurements WHERE id = $1 FOR UPDATE", id)) await select.ExecuteNonQueryAsync(cancellationToken);
        await using var read = work.Command(StoredProcurements.Select("procurements.id = $1"), id);
        return await StoredProcurements.ReadAsync(read, cancellationToken) is [var order] ? order.Procurement : null;
    }

    /// <inheritdoc/>
    public async Task SaveAsync(Procurement procurement, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        var supply = procurement.Supply;
        await using var update = work.Command("""
            UPDATE procurements SET status = $2, version = $3, since = $4, supplier = $5, contact_name = $6, contact_phone_no = $7, contact_language = $8, price = $9, currency = $10, due_date = $11
            WHERE id = $1
            """,
            procurement.Id, procurement.Status.Word(), procurement.Version, now, Rows.OrNull(supply?.Name, NpgsqlDbType.Text), Rows.OrNull(supply?.ContactName, NpgsqlDbType.Text),
            Rows.OrNull(supply?.ContactPhoneNo, NpgsqlDbType.Text), Rows.OrNull(supply?.Language, NpgsqlDbType.Text), Rows.OrNull(supply?.Price, NpgsqlDbType.Bigint),
            Rows.OrNull(supply?.Currency, NpgsqlDbType.Text), Rows.OrNull(supply?.DueDate, NpgsqlDbType.Date));
        await update.ExecuteNonQueryAsync(cancellationToken);
        if (procurement.Status is not ProcurementStatus.Inspected) return;
        await using var lines = work.Command("""
            UPDATE procurement_lines AS line SET passed = found.passed, failed = found.failed
            FROM unnest($2::text[], $3::text[], $4::int[], $5::int[]) AS found (item, size, passed, failed)
            WHERE procurement_id = $1 AND (line.item, line.size) = (found.item, found.size)
            """, procurement.Id, procurement.Lines.Select(line => line.Item.Word()).ToArray(), procurement.Lines.Select(line => line.Size).ToArray(),
            procurement.Lines.Select(line => line.Passed!.Value).ToArray(), procurement.Lines.Select(line => line.Failed!.Value).ToArray());
        await lines.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<Demand> Demand, int Places)> DemandAsync(Guid raceId, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command(StoredDemand.Sql, raceId);
        return await StoredDemand.ReadAsync(select, raceId, cancellationToken);
    }
}

/// <summary>An order, and when it was made and came where it is.</summary>
public sealed record StoredProcurement(Procurement Procurement, DateTimeOffset RequestedAt, DateTimeOffset Since);

/// <summary>Reading orders with their lines.</summary>
internal static class StoredProcurements
{
    public static string Select(string where) => $"""
        SELECT procurements.id, number, race_id, status, version, supplier, contact_name, contact_phone_no, contact_language, price, currency, due_date, requested_at, since,
          item, size, quantity, passed, failed
        FROM procurements JOIN procurement_lines ON procurement_id = procurements.id WHERE {where} ORDER BY requested_at DESC, procurements.id, place
        """;

    public static async Task<IReadOnlyList<StoredProcurement>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var orders = new List<(StoredProcurement Order, List<ProcurementLine> Lines)>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (orders is not [.., var (last, _)] || last.Procurement.Id != rows.GetGuid(0))
            {
                var lines = new List<ProcurementLine>();
                orders.Add((new StoredProcurement(
                    new Procurement(
                        rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), Words.Value<ProcurementStatus>(rows.GetString(3))!.Value, rows.GetInt32(4), lines,
                        rows.IsDBNull(5) ? null : new Supply(
                            rows.GetString(5), rows.GetString(6), rows.GetString(7), rows.GetString(8), rows.GetInt64(9), rows.GetString(10), rows.GetFieldValue<DateOnly>(11))),
                    rows.GetFieldValue<DateTimeOffset>(12), rows.GetFieldValue<DateTimeOffset>(13)), lines));
            }
            orders[^1].Lines.Add(new ProcurementLine(
                Words.Value<Item>(rows.GetString(14))!.Value, rows.GetString(15), rows.GetInt32(16), rows.ValueOrNull<int>(17), rows.ValueOrNull<int>(18)));
        }
        return orders.ConvertAll(entry => entry.Order);
    }
}

/// <summary>Reading what is needed for a race.</summary>
internal static class StoredDemand
{
    /// <summary>Everything on the race's chart and everything that is stocked or worn besides; the places of the race on every row.</summary>
    public const string Sql = """
        WITH worn AS (
          SELECT item, size, count(*) AS runners, count(*) FILTER (WHERE NOT allocated AND status IN ('RECEIVED', 'BACKORDERED')) AS awaited
          FROM deliveries CROSS JOIN LATERAL (VALUES ('TOP', top_size, top_allocated), ('BOTTOM', bottom_size, bottom_allocated)) AS part (item, size, allocated)
          WHERE race_id = $1 AND status NOT IN ('CANCELLED', 'RETURN_REQUESTED', 'RETURNED') GROUP BY item, size),
        ordered AS (
          SELECT item, size, sum(quantity) AS pieces FROM procurements JOIN procurement_lines ON procurement_id = id
          WHERE race_id = $1 AND status IN ('REQUESTED', 'ACCEPTED', 'SHIPPED') GROUP BY item, size),
        chart AS (
          SELECT 'TOP' AS item, size, place FROM races, unnest(top_sizes) WITH ORDINALITY AS chosen (size, place) WHERE race_id = $1
          UNION ALL SELECT 'BOTTOM', size, place FROM races, unnest(bottom_sizes) WITH ORDINALITY AS chosen (size, place) WHERE race_id = $1)
        SELECT item, size, coalesce(free, 0), coalesce(allocated, 0), coalesce(gone, 0), coalesce(scrapped, 0),
          coalesce(awaited, 0)::int, least(coalesce(pieces, 0), 2147483647)::int, coalesce(runners, 0)::int,
          (SELECT coalesce(sum(capacity), 0)::int FROM race_divisions WHERE race_id = $1)
        FROM chart FULL JOIN worn USING (item, size) FULL JOIN (SELECT * FROM stock WHERE race_id = $1) AS stock USING (item, size) FULL JOIN ordered USING (item, size)
        ORDER BY item DESC, place, size
        """;

    public static async Task<(IReadOnlyList<Demand> Demand, int Places)> ReadAsync(NpgsqlCommand select, Guid raceId, CancellationToken cancellationToken)
    {
        var (demand, places) = (new List<Demand>(), 0);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            demand.Add(new Demand(
                new Sku(raceId, Words.Value<Item>(rows.GetString(0))!.Value, rows.GetString(1)),
                new Level(rows.GetInt32(2), rows.GetInt32(3), rows.GetInt32(4), rows.GetInt32(5)), rows.GetInt32(6), rows.GetInt32(7), rows.GetInt32(8)));
            places = rows.GetInt32(9);
        }
        return (demand, places);
    }
}
