using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Stocking;

/// <summary>Goods came or were spoilt, by the organiser's word: what no order, kit or rule explains.</summary>
public sealed record MoveStock(Movement Movement);

/// <summary>What became of it.</summary>
public enum MoveStockResult
{
    /// <summary>It is in the ledger.</summary>
    Moved,

    /// <summary>There is no such race.</summary>
    NoRace,

    /// <summary>There are not so many where they would move from.</summary>
    TooMany,
}

/// <inheritdoc cref="MoveStock"/>
public sealed class MoveStockHandler(IRaces races, IStock stock, Outbox outbox, TimeProvider time)
{
    /// <summary>What there is after it, or before, when nothing was moved.</summary>
    public async Task<(MoveStockResult Result, Level Level)> HandleAsync(MoveStock command, CancellationToken cancellationToken)
    {
        var sku = command.Movement.Sku;
        await using var work = await outbox.BeginAsync(cancellationToken);
        if ((await races.LockAsync([sku.RaceId], work, cancellationToken)).Count == 0) return (MoveStockResult.NoRace, default);
        var shelves = await stock.ReadAsync([sku.RaceId], work, cancellationToken);
        if (!shelves.TryMove(command.Movement)) return (MoveStockResult.TooMany, shelves.Of(sku));
        await stock.SaveAsync(shelves, time.GetUtcNow(), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return (MoveStockResult.Moved, shelves.Of(sku));
    }
}
