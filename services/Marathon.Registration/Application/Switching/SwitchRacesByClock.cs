using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Switching;

/// <summary>
/// Opens races at their opening time and closes them at their closing time. Every replica looks; the race's row decides who is first, and the others find
/// it done. Registering goes by the times themselves, so nothing depends on how soon this comes.
/// </summary>
public sealed class SwitchRacesByClockHandler(IRaceBook book, IRaces races, TimeProvider time)
{
    /// <summary>One round; looks in memory, and in the database only when something is due.</summary>
    public async Task HandleAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = races.All.Where(race => race.Tick(now).Facts.Count > 0).ToList();
        foreach (var race in due) await book.DecideAsync(race.Id, current => current.Tick(now), now, cancellationToken);
        if (due.Count > 0) await races.RefreshAsync(cancellationToken);
    }
}
