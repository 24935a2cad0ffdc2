using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>The goods and their ledger. To be moved only under the locks of their races' rows.</summary>
public interface IStock
{
    /// <summary>What there is for some races. With <paramref name="heedsQueues"/> nothing can be taken of what somebody waits for; without, the caller serves those who wait.</summary>
    Task<Shelves> ReadAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken, bool heedsQueues = true);

    /// <summary>Writes the movements into the ledger and what there is after them, and tells of it.</summary>
    Task SaveAsync(Shelves shelves, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The movement that was made by a request under this key; null: none, and until the transaction ends nobody else makes one.</summary>
    Task<Movement?> FindAsync(string requestKey, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>
    /// Races with something that is free and awaited, or with kits that do not know yet that goods have come; but for those onto whose roll somebody has come within
    /// <paramref name="settleTime"/>, until the first of them has waited ten times as long.
    /// </summary>
    Task<IReadOnlyList<Guid>> RacesToServeAsync(TimeSpan settleTime, UnitOfWork work, CancellationToken cancellationToken);
}
