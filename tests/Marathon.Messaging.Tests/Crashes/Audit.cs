using Marathon.Testing;
using Npgsql;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>What became of the events of a stream between the service that told them and the one that heard them.</summary>
/// <param name="Told">Events in the teller's outbox.</param>
/// <param name="Applied">Effects at the listener.</param>
/// <param name="Lost">Told and not applied.</param>
/// <param name="Doubled">Applied more than once, or without having been told.</param>
/// <param name="Disordered">Applied after a later one of the same aggregate.</param>
/// <param name="Mistold">Aggregates whose versions in the outbox are not 1, 2, 3 … in the order of the outbox: the fault of the teller.</param>
/// <param name="Misremembered">Aggregates whose inbox does not say what was applied.</param>
/// <param name="Parked">Events put aside and not yet applied.</param>
internal sealed record Audit(string Stream, long Told, long Applied, long Lost, long Doubled, long Disordered, long Mistold, long Misremembered, long Parked)
{
    /// <summary>Nothing is wrong, and nothing is left to do.</summary>
    public bool IsClean => this == new Audit(Stream, Told, Told, 0, 0, 0, 0, 0, 0);

    /// <summary>
    /// Looks at every row of both databases, by SQL: in memory are only one row per aggregate. Both must be at rest.
    /// </summary>
    /// <param name="teller">The database with the outbox.</param>
    /// <param name="listener">The database with the inbox and the effects.</param>
    /// <param name="stream">Of the events.</param>
    /// <param name="run">The first four bytes of the aggregates' ids: others' events may be on the same broker.</param>
    public static async Task<Audit> OfAsync(NpgsqlDataSource teller, NpgsqlDataSource listener, string stream, uint run)
    {
        var told = await ReadAsync(teller, """
            SELECT aggregate_id, count(*), count(*) FILTER (WHERE version <> place)
            FROM (SELECT aggregate_id, version, row_number() OVER (PARTITION BY aggregate_id ORDER BY seq) AS place FROM outbox WHERE stream = $1) AS told
            GROUP BY aggregate_id
            """, stream, run);
        // Of a repeated event the first application counts for the order.
        var applied = await ReadAsync(listener, """
            SELECT aggregate_id, sum(times)::bigint, count(*), count(*) FILTER (WHERE version < before), max(version)::bigint
            FROM (
              SELECT aggregate_id, version, times, max(version) OVER (PARTITION BY aggregate_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
              FROM (SELECT aggregate_id, version, count(*) AS times, min(place) AS place FROM effects WHERE stream = $1 GROUP BY aggregate_id, version) AS once
            ) AS first
            GROUP BY aggregate_id
            """, stream, run);
        var inbox = await ReadAsync(listener, "SELECT aggregate_id, version::bigint FROM inbox WHERE stream = $1", stream, run);
        var parked = await ReadAsync(listener, "SELECT aggregate_id, count(*) FROM parked_events WHERE stream = $1 AND state <> 'dropped' GROUP BY aggregate_id", stream, run);

        var audit = new Audit(stream, 0, 0, 0, 0, 0, 0, 0, parked.Values.Sum(counts => counts[0]));
        foreach (var id in told.Keys.Union(applied.Keys).Union(inbox.Keys))
        {
            var (count, misplaced) = told.TryGetValue(id, out var of) ? (of[0], of[1]) : (0, 0);
            var (effects, distinct, late, last) = applied.TryGetValue(id, out var at) ? (at[0], at[1], at[2], at[3]) : (0, 0, 0, 0);
            // What was applied beyond the last that was told was told by nobody.
            var known = distinct - Math.Clamp(last - count, 0, distinct);
            audit = audit with
            {
                Told = audit.Told + count,
                Applied = audit.Applied + effects,
                Lost = audit.Lost + Math.Max(0, count - known),
                Doubled = audit.Doubled + effects - known,
                Disordered = audit.Disordered + late,
                Mistold = audit.Mistold + (misplaced > 0 ? 1 : 0),
                Misremembered = audit.Misremembered + (inbox.TryGetValue(id, out var version) && version[0] == count ? 0 : 1),
            };
        }
        return audit;
    }

    private static async Task<Dictionary<Guid, long[]>> ReadAsync(NpgsqlDataSource database, string sql, string stream, uint run)
    {
        await using var select = database.CreateCommand(sql);
        select.CommandTimeout = 0;
        select.Parameters.Add(new() { Value = stream });
        await using var rows = await select.ExecuteReaderAsync();
        var found = new Dictionary<Guid, long[]>();
        while (await rows.ReadAsync())
            if (rows.GetGuid(0) is var id && IsOf(run, id))
                found[id] = [.. Enumerable.Range(1, rows.FieldCount - 1).Select(rows.GetInt64)];
        return found;
    }

    private static bool IsOf(uint run, Guid id) => id.ToString("N").StartsWith(run.ToString("x8", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
