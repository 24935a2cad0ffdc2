using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Scheduling;

/// <summary>Changes a race for those who register from then on: once this is answered, nobody registers under the old terms.</summary>
public sealed class ChangeRaceHandler(IRaceBook book, IRaces races, TimeProvider time, ILogger<ChangeRaceHandler> logger)
{
    /// <summary>The race as it stands after, or why not; null when there is no such race.</summary>
    public async Task<RaceDecision?> HandleAsync(Guid raceId, RaceDraft draft, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // Decided by the time at which it is its turn: meanwhile the race may have begun to take registrations.
        var decision = await book.DecideAsync(raceId, race => draft.Change(race, () => Guid.CreateVersion7(now), time.GetUtcNow()), now, cancellationToken);
        if (decision is { Facts.Count: > 0 }) await races.ReadAgainAsync(logger);
        return decision;
    }
}
