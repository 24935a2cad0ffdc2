using Npgsql;
using NpgsqlTypes;

namespace Marathon.Messaging;

/// <summary>
/// The memory of what was applied, in the service's own database and in the transaction of the effects. Two consumers that work on the same
/// messages for a moment, as in a rebalance, cannot both win: whoever finds another version than it planned with starts over.
/// </summary>
internal static class Inbox
{
    public static async Task<InboxPlan> PlanAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, CancellationToken cancellationToken)
    {
        var keys = events.Select(candidate => candidate.Key).Distinct().ToList();
        var versions = new Dictionary<(string, Guid), int>(keys.Count);
        var parked = new List<InboxEvent>();
        // A new table's statistics say that it is empty, and a plan made for an empty table reads the whole of a full one.
        await using var byKey = work.Command("SET LOCAL enable_seqscan = off");
        await byKey.ExecuteNonQueryAsync(cancellationToken);
        await using var select = work.Command("""
            SELECT key.stream, key.aggregate_id, inbox.version, parked.version, parked.type, parked.payload, parked.trace_parent, parked.occurred_at
            FROM unnest($1::text[], $2::uuid[]) AS key (stream, aggregate_id)
            LEFT JOIN inbox USING (stream, aggregate_id)
            LEFT JOIN parked_events AS parked ON (parked.stream, parked.aggregate_id, parked.state) = (key.stream, key.aggregate_id, 'waiting')
            """, keys.Select(key => key.Stream).ToArray(), keys.Select(key => key.AggregateId).ToArray());
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var key = (rows.GetString(0), rows.GetGuid(1));
            if (!rows.IsDBNull(2)) versions[key] = rows.GetInt32(2);
            if (!rows.IsDBNull(3))
                parked.Add(new InboxEvent(key.Item1, key.Item2, rows.GetInt32(3), rows.GetString(4), rows.GetFieldValue<byte[]>(5),
                    rows.IsDBNull(6) ? null : rows.GetString(6), rows.GetFieldValue<DateTimeOffset>(7)));
        }
        return InboxPlan.Make(events, versions, parked.ToLookup(candidate => candidate.Key));
    }

    /// <summary>Notes the plan's versions; throws <see cref="InboxConflictException"/> when another consumer was faster.</summary>
    public static async Task ClaimAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken)
    {
        var changed = plan.After.Where(entry => entry.Value != plan.Before[entry.Key]).OrderBy(entry => entry.Key).ToList();
        if (changed.Count == 0) return;
        await using var claim = work.Command("""
            WITH planned AS (
              SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::int[]) AS planned (stream, aggregate_id, before, after)),
            inserted AS (
              INSERT INTO inbox (stream, aggregate_id, version) SELECT stream, aggregate_id, after FROM planned WHERE before = 0
              ON CONFLICT DO NOTHING RETURNING 1),
            updated AS (
              UPDATE inbox SET version = planned.after FROM planned
              WHERE (inbox.stream, inbox.aggregate_id, inbox.version) = (planned.stream, planned.aggregate_id, planned.before) RETURNING 1)
            SELECT (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated)
            """,
            changed.ConvertAll(entry => entry.Key.Item1).ToArray(), changed.ConvertAll(entry => entry.Key.Item2).ToArray(),
            changed.ConvertAll(entry => plan.Before[entry.Key]).ToArray(), changed.ConvertAll(entry => entry.Value).ToArray());
        if ((long)(await claim.ExecuteScalarAsync(cancellationToken))! != changed.Count) throw new InboxConflictException();
    }

    /// <summary>Puts the plan's early events aside, and forgets the parked ones that it applies.</summary>
    public static async Task ParkAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Waiting.Count > 0) await ParkAsync(work, plan.Waiting, "waiting", null, cancellationToken);
        if (plan.Apply.Count == 0) return;
        await using var forget = work.Command("""
            DELETE FROM parked_events AS parked USING unnest($1::text[], $2::uuid[], $3::int[]) AS applied (stream, aggregate_id, version)
            WHERE (parked.stream, parked.aggregate_id, parked.version) = (applied.stream, applied.aggregate_id, applied.version)
            """,
            plan.Apply.Select(applied => applied.Stream).ToArray(), plan.Apply.Select(applied => applied.AggregateId).ToArray(),
            plan.Apply.Select(applied => applied.Version).ToArray());
        await forget.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts events aside. A dead letter stays one when the same event comes again.</summary>
    public static async Task ParkAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, string state, string? error, CancellationToken cancellationToken)
    {
        await using var park = work.Command("""
            INSERT INTO parked_events (stream, aggregate_id, version, state, type, payload, trace_parent, occurred_at, error)
            SELECT stream, aggregate_id, version, $8, type, payload, trace_parent, occurred_at, $9
            FROM unnest($1::text[], $2::uuid[], $3::int[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[])
              AS parked (stream, aggregate_id, version, type, payload, trace_parent, occurred_at)
            ON CONFLICT (stream, aggregate_id, version) DO NOTHING
            """,
            events.Select(parked => parked.Stream).ToArray(), events.Select(parked => parked.AggregateId).ToArray(),
            events.Select(parked => parked.Version).ToArray(), events.Select(parked => parked.Type).ToArray(),
            events.Select(parked => parked.Payload).ToArray(),
            new NpgsqlParameter { Value = events.Select(parked => parked.TraceParent).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            events.Select(parked => parked.OccurredAt.UtcDateTime).ToArray(),
            state, new NpgsqlParameter { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await park.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>Another consumer applied some of the same events meanwhile.</summary>
internal sealed class InboxConflictException : Exception
{
    public InboxConflictException() : base("Another consumer applied some of these events meanwhile.") { }
}
