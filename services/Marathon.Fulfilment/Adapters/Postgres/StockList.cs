using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>A line of the ledger, as people see it.</summary>
/// <param name="Actor">The account that decided it; left out where a rule did.</param>
public sealed record MovementView(
    long Seq, DateTimeOffset At, Guid RaceId, string Item, string Size, string Kind, int Quantity, Guid? RegisterId, Guid? ProcurementId, string? Note, string? Actor);

/// <summary>Reading stock, ledger and orders, for people.</summary>
public sealed class StockList(NpgsqlDataSource database)
{
    /// <summary>What there is of a race's goods, who waits, and what is on order; with the race's places. Null for a race that was never heard of.</summary>
    public async Task<(IReadOnlyList<Demand> Demand, int Places)?> DemandAsync(Guid raceId, CancellationToken cancellationToken)
    {
        await using var race = database.CreateCommand("SELECT 1 FROM races WHERE race_id = $1");
        race.Parameters.Add(new() { Value = raceId });
        if (await race.ExecuteScalarAsync(cancellationToken) is null) return null;
        await using var select = database.CreateCommand(StoredDemand.Sql);
        select.Parameters.Add(new() { Value = raceId });
        return await StoredDemand.ReadAsync(select, raceId, cancellationToken);
    }

    /// <summary>The ledger, the latest first.</summary>
    public Task<PageOf<MovementView>> MovementsAsync(Guid raceId, Item? item, string? movedSize, PageQuery page, CancellationToken cancellationToken) => database.PageAsync(
        "seq, at, race_id, item, size, kind, quantity, registration_id, procurement_id, note, actor",
        "FROM stock_movements WHERE race_id = $1 AND ($2::text IS NULL OR item = $2) AND ($3::text IS NULL OR size = $3)", "seq DESC",
        [new() { Value = raceId }, Rows.OrNull(item?.Word(), NpgsqlDbType.Text), Rows.OrNull(movedSize, NpgsqlDbType.Text)], page,
        rows => new MovementView(
            rows.GetInt64(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetGuid(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetInt32(6),
            rows.ValueOrNull<Guid>(7), rows.ValueOrNull<Guid>(8), rows.TextOrNull(9), rows.TextOrNull(10)),
        cancellationToken);

    /// <summary>Orders with their lines, the latest first.</summary>
    public async Task<PageOf<StoredProcurement>> OrdersAsync(Guid? raceId, ProcurementStatus? status, PageQuery page, CancellationToken cancellationToken)
    {
        var ids = await database.PageAsync(
            "id", "FROM procurements WHERE ($1::uuid IS NULL OR race_id = $1) AND ($2::text IS NULL OR status = $2)", "requested_at DESC, id",
            [Rows.OrNull(raceId, NpgsqlDbType.Uuid), Rows.OrNull(status?.Word(), NpgsqlDbType.Text)], page, rows => rows.GetGuid(0), cancellationToken);
        return page.Of(await OrdersAsync(ids.Items, cancellationToken), ids.Total);
    }

    /// <summary>One order.</summary>
    public async Task<StoredProcurement?> OrderAsync(Guid id, CancellationToken cancellationToken) => await OrdersAsync([id], cancellationToken) is [var order] ? order : null;

    private async Task<IReadOnlyList<StoredProcurement>> OrdersAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(StoredProcurements.Select("procurements.id = ANY ($1)"));
        select.Parameters.Add(new() { Value = ids.ToArray() });
        return await StoredProcurements.ReadAsync(select, cancellationToken);
    }
}
