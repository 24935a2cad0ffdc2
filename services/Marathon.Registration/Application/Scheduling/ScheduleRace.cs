using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Scheduling;

/// <summary>Makes a race of what the organiser wrote. It opens at its opening time, or by hand.</summary>
public sealed class ScheduleRaceHandler(IRaceBook book, IRaces races, TimeProvider time, ILogger<ScheduleRaceHandler> logger)
{
    /// <summary>The race, or what is wrong with each field.</summary>
    public async Task<RaceDecision> HandleAsync(RaceDraft draft, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var decision = draft.Schedule(Guid.CreateVersion7(now), () => Guid.CreateVersion7(now), now);
        if (decision.Rejection is not null) return decision;
        await book.AddAsync(decision, now, cancellationToken);
        await races.ReadAgainAsync(logger);
        return decision;
    }
}
