using Marathon.Messaging;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>The divisions' counters. Whoever changes one has locked it, in the order of ids.</summary>
internal static class Places
{
    /// <summary>What a locked division has to give, and under which terms.</summary>
    public readonly record struct Place(int Free, int Terms);

    public static async Task<Dictionary<Guid, Place>> LockAsync(UnitOfWork work, IEnumerable<Guid> divisions, CancellationToken cancellationToken)
    {
        var ids = divisions.Distinct().ToArray();
        var places = new Dictionary<Guid, Place>();
        if (ids.Length == 0) return places;
        // Of the divisions alone: a row that was waited for is read again, but not what it is joined with.
        await using var select = work.Command("SELECT id, capacity - taken, terms FROM divisions WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) places[rows.GetGuid(0)] = new Place(rows.GetInt32(1), rows.GetInt32(2));
        return places;
    }

    /// <summary>
    /// Takes (+1) or gives back (−1) a place for each of <paramref name="divisions"/>, one by one named, and tells it when one becomes full or stops
    /// being full. The last thing in a transaction: the races' rows are locked after everything else, and only then.
    /// </summary>
    public static async Task ChangeAsync(UnitOfWork work, IEnumerable<Guid> divisions, int by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var counts = divisions.CountBy(division => division).ToList();
        if (counts.Count == 0) return;
        var crossings = new List<(Guid RaceId, RaceFact Fact)>();
        await using var update = work.Command("""
            UPDATE divisions SET taken = taken + change.by FROM unnest($1::uuid[], $2::int[]) AS change (id, by) WHERE divisions.id = change.id
            RETURNING race_id, divisions.id, capacity - taken + change.by, capacity - taken
            """, counts.ConvertAll(count => count.Key).ToArray(), counts.ConvertAll(count => count.Value * by).ToArray());
        await using (var rows = await update.ExecuteReaderAsync(cancellationToken))
            while (await rows.ReadAsync(cancellationToken))
                if (RaceFact.OfPlaces(rows.GetGuid(1), before: rows.GetInt32(2), after: rows.GetInt32(3)) is { } fact) crossings.Add((rows.GetGuid(0), fact));

        foreach (var (raceId, fact) in crossings.OrderBy(crossing => crossing.RaceId))
        {
            await using var count = work.Command("UPDATE races SET version = version + 1 WHERE id = $1 RETURNING version", raceId);
            work.Publish(RaceFacts.Event(raceId, fact, now), (int)(await count.ExecuteScalarAsync(cancellationToken))!);
        }
    }
}
