using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Erasing;

/// <summary>Erases the persons of races whose data has been kept long enough.</summary>
public sealed class EraseRetainedHandler(IRegistrations registrations, IRaces races)
{
    /// <summary>So many events at once keep nobody waiting for long.</summary>
    private const int Batch = 200;

    /// <summary>One walk over their registrations, in the order of the ids; returns how many were erased. Asks nothing of the database when no race is due.</summary>
    public async Task<int> HandleAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = Race.DayOf(now);
        var due = races.All.Where(race => today > race.LastDayOfRetention).Select(race => race.Id).ToList();
        if (due.Count == 0) return 0;
        var erased = 0;
        var last = Guid.Empty;
        while (await registrations.EraseNextAsync(due, last, Batch, now, cancellationToken) is { Count: > 0 } batch)
        {
            erased += batch.Count;
            last = batch[^1];
        }
        return erased;
    }
}
