using Marathon.Messaging;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>The divisions' counters. Whoever changes one has locked it, in the order of ids.</summary>
internal static class Places
{
    /// <summary>What a locked division has to give.</summary>
    public readonly record struct Place(int Free, bool IsOpen);

    public static async Task<Dictionary<Guid, Place>> LockAsync(UnitOfWork work, IEnumerable<Guid> divisions, CancellationToken cancellationToken)
    {
        var ids = divisions.Distinct().ToArray();
        var places = new Dictionary<Guid, Place>();
        if (ids.Length == 0) return places;
        await using var select = work.Command("""
            SELECT divisions.id, capacity - taken, races.status = 'OPEN' FROM divisions JOIN races ON races.id = race_id
            WHERE divisions.id = ANY ($1) ORDER BY divisions.id FOR UPDATE OF divisions
            """, ids);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) places[rows.GetGuid(0)] = new Place(rows.GetInt32(1), rows.GetBoolean(2));
        return places;
    }

    /// <summary>Takes (+1) or gives back (−1) a place for each of <paramref name="divisions"/>, one by one named.</summary>
    public static async Task ChangeAsync(UnitOfWork work, IEnumerable<Guid> divisions, int by, CancellationToken cancellationToken)
    {
        var counts = divisions.CountBy(division => division).ToList();
        if (counts.Count == 0) return;
        await using var update = work.Command("""
            UPDATE divisions SET taken = taken + change.by FROM unnest($1::uuid[], $2::int[]) AS change (id, by) WHERE divisions.id = change.id
            """, counts.ConvertAll(count => count.Key).ToArray(), counts.ConvertAll(count => count.Value * by).ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
