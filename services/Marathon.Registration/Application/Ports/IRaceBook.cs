using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Ports;

/// <summary>The races as the organiser writes them. Every method is one transaction, with the events it makes true.</summary>
public interface IRaceBook
{
    /// <summary>Writes a new race as it was decided, and of which request; nothing when it is there already.</summary>
    /// <param name="scheduled">The race.</param>
    /// <param name="requestHash">Of the request whose key the race's id is made of; null: of none.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<RaceAdded> AddAsync(RaceDecision scheduled, byte[]? requestHash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Decides over the race as it is now and writes what was decided. Meanwhile nobody takes or gives back a place in it. Null when there is no such race.
    /// </summary>
    Task<RaceDecision?> DecideAsync(Guid raceId, Func<Race, RaceDecision> decide, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What became of a new race.</summary>
public enum RaceAdded
{
    /// <summary>It is written.</summary>
    Now,

    /// <summary>It was there, by the same request.</summary>
    Before,

    /// <summary>It was there, by another request under the same key.</summary>
    ByAnother,
}
