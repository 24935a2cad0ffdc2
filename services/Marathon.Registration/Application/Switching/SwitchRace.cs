using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Switching;

/// <summary>The organiser opens, suspends, resumes or closes a race.</summary>
/// <param name="RaceId">Which.</param>
/// <param name="Switch">What.</param>
/// <param name="Force">Suspend it although people are registered; means nothing otherwise.</param>
public sealed record SwitchRace(Guid RaceId, RaceSwitch Switch, bool Force = false);

/// <summary>Once a suspension or closing is answered, nobody registers any more: holds are decided against it by the divisions' rows.</summary>
public sealed class SwitchRaceHandler(IRaceBook book, IRaces races, TimeProvider time, ILogger<SwitchRaceHandler> logger)
{
    /// <summary>The race as it stands after, or why not; null when there is no such race.</summary>
    public async Task<RaceDecision?> HandleAsync(SwitchRace command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var decision = await book.DecideAsync(command.RaceId, race => race.Switch(command.Switch, command.Force, now), now, cancellationToken);
        if (decision is { Facts.Count: > 0 }) await races.ReadAgainAsync(logger);
        return decision;
    }
}
