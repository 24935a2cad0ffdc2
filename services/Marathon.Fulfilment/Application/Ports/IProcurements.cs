using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>What is needed of an item in a size.</summary>
/// <param name="Sku">Of what.</param>
/// <param name="Level">What there is.</param>
/// <param name="Awaited">Runners who wait for a piece.</param>
/// <param name="OnOrder">Pieces ordered and not inspected yet.</param>
/// <param name="Runners">Runners on the roll in this size.</param>
public sealed record Demand(Sku Sku, Level Level, int Awaited, int OnOrder, int Runners);

/// <summary>The orders of goods.</summary>
public interface IProcurements
{
    /// <summary>The next number: <c>PO-000123</c>. One that is not used after all is not given again.</summary>
    Task<string> NextNumberAsync(UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The order that was made by a request under this key; null: none, and until the transaction ends nobody else makes one.</summary>
    Task<Procurement?> FindAsync(string requestKey, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The race of an order, which never changes; null when there is no such order.</summary>
    Task<Guid?> RaceOfAsync(Guid id, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Adds an order.</summary>
    Task AddAsync(Procurement procurement, string? requestKey, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>An order, locked; null when there is none.</summary>
    Task<Procurement?> LockAsync(Guid id, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes an order that was locked.</summary>
    Task SaveAsync(Procurement procurement, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>What is needed for a race: everything on its chart, in its order, and what was ever stocked besides. With the places of all its divisions.</summary>
    Task<(IReadOnlyList<Demand> Demand, int Places)> DemandAsync(Guid raceId, UnitOfWork work, CancellationToken cancellationToken);
}
