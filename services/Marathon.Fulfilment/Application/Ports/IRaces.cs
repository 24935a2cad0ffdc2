using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>The races, as Registration tells of them. Whoever gives bibs of a race or moves its goods locks its row first.</summary>
public interface IRaces
{
    /// <summary>Locks the rows of races until the transaction ends, in the order of their ids; one that was not heard of yet is made, with the name given here.</summary>
    Task MeetAsync(IReadOnlyDictionary<Guid, string> names, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Locks the rows of races until the transaction ends, in the order of their ids; returns those that were found.</summary>
    Task<IReadOnlyList<Guid>> LockAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes what Registration says of a race, whose row is locked.</summary>
    Task KeepAsync(RacePlan plan, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The name of a race; null for one that was never heard of.</summary>
    Task<string?> NameAsync(Guid raceId, UnitOfWork work, CancellationToken cancellationToken);
}
