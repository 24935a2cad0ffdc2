using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Messaging;

/// <summary>
/// The memory of what was applied, in the service's own database and in the transaction of the effects. Two consumers that work on the same
/// messages for a moment, as in a rebalance, cannot both win: whoever finds another version than it planned with starts over.
/// </summary>
internal static class Inbox
{
    /// <summary>Where each aggregate $2 of a stream $1 stands, and what is parked of it.</summary>
    internal const string Known = """
        SELECT key.stream, key.aggregate_id, inbox.version, parked.state,
          parked.source, parked.stream, parked.aggregate_id, parked.version, parked.type, parked.payload, parked.trace_parent, parked.occurred_at
        FROM unnest($1::text[], $2::uuid[]) AS key (stream, aggregate_id)
        LEFT JOIN inbox USING (stream, aggregate_id)
        LEFT JOIN parked_events AS parked USING (stream, aggregate_id)
        """;

    /// <param name="work">The transaction.</param>
    /// <param name="events">What came.</param>
    /// <param name="follow">Whether those that waited for it are applied with it.</param>
    /// <param name="beginning">Where an aggregate of a stream stands of which nothing is noted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<InboxPlan> PlanAsync(
        UnitOfWork work, IReadOnlyList<InboxEvent> events, bool follow, Func<string, int> beginning, CancellationToken cancellationToken)
    {
        var keys = events.Select(candidate => candidate.Key).Distinct().ToList();
        var versions = new Dictionary<(string, Guid), int>(keys.Count);
        var (parked, hasParked) = (new List<InboxEvent>(), false);
        await using var select = work.Command(Known, keys.Select(key => key.Stream).ToArray(), keys.Select(key => key.AggregateId).ToArray());
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var key = (rows.GetString(0), rows.GetGuid(1));
            if (!rows.IsDBNull(2)) versions[key] = rows.GetInt32(2);
            if (rows.IsDBNull(3)) continue;
            hasParked = true;
            if (follow && rows.GetString(3) == "waiting") parked.Add(Read(rows, first: 4));
        }
        return InboxPlan.Make(events, versions, parked.ToLookup(candidate => candidate.Key), beginning) with { HasParked = hasParked };
    }

    /// <summary>Notes the plan's versions; throws <see cref="InboxConflictException"/> when another consumer was faster.</summary>
    public static async Task ClaimAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken)
    {
        var applied = plan.Apply.Select(candidate => candidate.Key).ToHashSet();
        var changed = plan.After.Where(entry => applied.Contains(entry.Key)).OrderBy(entry => entry.Key).ToList();
        if (changed.Count == 0) return;
        var (first, later) = (changed.FindAll(entry => plan.Before[entry.Key] == 0), changed.FindAll(entry => plan.Before[entry.Key] > 0));
        try
        {
            if (first.Count > 0) await InsertAsync(work, first, cancellationToken);
        }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "inbox_pkey" })
        {
            throw new InboxConflictException();
        }
        if (later.Count > 0 && await UpdateAsync(work, plan, later, cancellationToken) != later.Count) throw new InboxConflictException();
    }

    /// <summary>
    /// Plain, and not ON CONFLICT: in a sell-out nearly every event is the first of its aggregate in its stream, and to insert with a way out costs twice as much.
    /// Who meets another consumer's row waits for that one's commit, and fails.
    /// </summary>
    private static async Task InsertAsync(UnitOfWork work, List<KeyValuePair<(string, Guid), int>> first, CancellationToken cancellationToken)
    {
        await using var insert = work.Command(
            "INSERT INTO inbox (stream, aggregate_id, version) SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[])",
            first.ConvertAll(entry => entry.Key.Item1).ToArray(), first.ConvertAll(entry => entry.Key.Item2).ToArray(), first.ConvertAll(entry => entry.Value).ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<int> UpdateAsync(UnitOfWork work, InboxPlan plan, List<KeyValuePair<(string, Guid), int>> later, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE inbox SET version = planned.after FROM unnest($1::text[], $2::uuid[], $3::int[], $4::int[]) AS planned (stream, aggregate_id, before, after)
            WHERE (inbox.stream, inbox.aggregate_id, inbox.version) = (planned.stream, planned.aggregate_id, planned.before)
            """,
            later.ConvertAll(entry => entry.Key.Item1).ToArray(), later.ConvertAll(entry => entry.Key.Item2).ToArray(),
            later.ConvertAll(entry => plan.Before[entry.Key]).ToArray(), later.ConvertAll(entry => entry.Value).ToArray());
        return await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>An event from the eight columns of parked_events that make one up.</summary>
    public static InboxEvent Read(NpgsqlDataReader row, int first) => new(
        row.GetString(first), row.GetString(first + 1), row.GetGuid(first + 2), row.GetInt32(first + 3), row.GetString(first + 4), row.GetFieldValue<byte[]>(first + 5),
        row.TextOrNull(first + 6), row.GetFieldValue<DateTimeOffset>(first + 7));

    /// <summary>What waits, of one aggregate in one stream, in order.</summary>
    public static async Task<IReadOnlyList<InboxEvent>> WaitingAsync(UnitOfWork work, (string Stream, Guid AggregateId) key, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at FROM parked_events
            WHERE stream = $1 AND aggregate_id = $2 AND state = 'waiting' ORDER BY version
            """, key.Stream, key.AggregateId);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<InboxEvent>();
        while (await rows.ReadAsync(cancellationToken)) waiting.Add(Read(rows, first: 0));
        return waiting;
    }

    /// <summary>Forgets the parked events that the plan applies.</summary>
    public static async Task UnparkAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken)
    {
        if (!plan.HasParked) return;
        await using var forget = work.Command("""
            DELETE FROM parked_events AS parked USING unnest($1::text[], $2::uuid[], $3::int[]) AS applied (stream, aggregate_id, version)
            WHERE (parked.stream, parked.aggregate_id, parked.version) = (applied.stream, applied.aggregate_id, applied.version)
            """,
            plan.Apply.Select(applied => applied.Stream).ToArray(), plan.Apply.Select(applied => applied.AggregateId).ToArray(),
            plan.Apply.Select(applied => applied.Version).ToArray());
        await forget.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts events aside until the one before them has come; for the first time at <paramref name="askAfter"/> from now its source is asked for it.</summary>
    public static async Task ParkWaitingAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, TimeSpan askAfter, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return;
        await using var park = work.Command("""
            INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at, ask_at)
            SELECT 'waiting', source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at, now() + $9
            FROM unnest($1::text[], $2::text[], $3::uuid[], $4::int[], $5::text[], $6::bytea[], $7::text[], $8::timestamptz[])
              AS parked (source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at)
            ON CONFLICT (stream, aggregate_id, version) DO NOTHING
            """,
            events.Select(parked => parked.Source).ToArray(), events.Select(parked => parked.Stream).ToArray(),
            events.Select(parked => parked.AggregateId).ToArray(), events.Select(parked => parked.Version).ToArray(),
            events.Select(parked => parked.Type).ToArray(), events.Select(parked => parked.Payload).ToArray(),
            events.Select(parked => parked.TraceParent).ToArray(), events.Select(parked => parked.OccurredAt.UtcDateTime).ToArray(), askAfter);
        await park.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts an event aside as a dead letter; what waited and fails now becomes one. What an operator has dropped meanwhile stays dropped.</summary>
    public static async Task ParkFailedAsync(UnitOfWork work, InboxEvent failed, string error, CancellationToken cancellationToken)
    {
        await using var park = work.Command("""
            INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at, error)
            VALUES ('failed', $1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (stream, aggregate_id, version) DO UPDATE SET state = 'failed', error = excluded.error WHERE parked_events.state <> 'dropped'
            """,
            failed.Source, failed.Stream, failed.AggregateId, failed.Version, failed.Type, failed.Payload,
            Rows.OrNull(failed.TraceParent, NpgsqlDbType.Text), failed.OccurredAt.UtcDateTime, error.Replace('\0', '\uFFFD'));
        await park.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts aside what is no event.</summary>
    public static async Task ParkMalformedAsync(UnitOfWork work, IReadOnlyList<MalformedMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0) return;
        await using var park = work.Command("""
            INSERT INTO parked_events (state, source, stream, type, payload, occurred_at, error)
            SELECT 'malformed', source, stream, type, payload, now(), error
            FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[]) AS malformed (source, stream, type, payload, error)
            """,
            messages.Select(message => message.Source).ToArray(), messages.Select(message => message.Stream).ToArray(),
            messages.Select(message => message.Type).ToArray(), messages.Select(message => message.Payload).ToArray(),
            messages.Select(message => message.Error).ToArray());
        await park.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>Another consumer applied some of the same events meanwhile.</summary>
internal sealed class InboxConflictException : Exception
{
    public InboxConflictException() : base("Another consumer applied some of these events meanwhile.") { }
}
