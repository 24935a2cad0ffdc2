using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Stocking;

/// <summary>What became of a movement.</summary>
public enum MoveStockResult
{
    /// <summary>It is in the ledger.</summary>
    Moved,

    /// <summary>There is no such race.</summary>
    NoRace,

    /// <summary>Nobody can wear it: the size is not on the race's chart.</summary>
    NotOnChart,

    /// <summary>There are not so many where they would move from.</summary>
    TooMany,

    /// <summary>Another movement was made under the request's key.</summary>
    KeyReused,
}

/// <summary>Goods came or were spoilt, by the organiser's word: what no order, kit or rule explains.</summary>
public sealed class MoveStock(IRaces races, IStock stock, IProcurements procurements, Outbox outbox, TimeProvider time)
{
    /// <summary>What there is after it, or before, when nothing was moved. The same request again changes nothing and is answered alike.</summary>
    public async Task<(MoveStockResult Result, Level Level)> HandleAsync(Movement movement, CancellationToken cancellationToken)
    {
        var sku = movement.Sku;
        await using var work = await outbox.BeginAsync(cancellationToken);
        if ((await races.LockAsync([sku.RaceId], work, cancellationToken)).Count == 0) return (MoveStockResult.NoRace, default);
        var shelves = await stock.ReadAsync([sku.RaceId], work, cancellationToken);
        if (movement.RequestKey is { } key && await stock.FindAsync(key, work, cancellationToken) is { } made)
            return (made == movement ? MoveStockResult.Moved : MoveStockResult.KeyReused, shelves.Of(sku));
        if (!(await procurements.DemandAsync(sku.RaceId, work, cancellationToken)).Demand.Any(known => known.Sku == sku)) return (MoveStockResult.NotOnChart, default);
        if (!shelves.TryMove(movement)) return (MoveStockResult.TooMany, shelves.Of(sku));
        await stock.SaveAsync(shelves, time.GetUtcNow(), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return (MoveStockResult.Moved, shelves.Of(sku));
    }
}
