using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Ports;

/// <summary>The races, from memory: at most a second old.</summary>
public interface IRaces
{
    /// <summary>All of them, the next one first.</summary>
    IReadOnlyList<Race> All { get; }

    /// <summary>A race by its id; null when there is none.</summary>
    Race? Find(Guid raceId);

    /// <summary>The race that is meant when none is named.</summary>
    Race? Default { get; }

    /// <summary>Whether no place was left when last looked.</summary>
    bool IsKnownFull(Guid divisionId);

    /// <summary>Reads them again; afterwards they are no older than the call.</summary>
    Task RefreshAsync(CancellationToken cancellationToken);

    /// <summary>No place was left just now: answer from memory until one returns.</summary>
    void NoteFull(Guid divisionId);
}
