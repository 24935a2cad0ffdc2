using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Ports;

/// <summary>The races as the organiser writes them. Every method is one transaction, with the events it makes true.</summary>
public interface IRaceBook
{
    /// <summary>Writes a new race as it was decided. False, and nothing is written, when it is there already.</summary>
    Task<bool> AddAsync(RaceDecision scheduled, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Decides over the race as it is now and writes what was decided. Meanwhile nobody takes or gives back a place in it. Null when there is no such race.
    /// </summary>
    Task<RaceDecision?> DecideAsync(Guid raceId, Func<Race, RaceDecision> decide, DateTimeOffset now, CancellationToken cancellationToken);
}
