using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Messaging;

/// <summary>Which events to send again: all of them, or those of a stream, of some aggregates, of some time.</summary>
/// <param name="Stream">Null: of every stream.</param>
/// <param name="AggregateIds">Null: of every aggregate.</param>
/// <param name="Since">The first instant at which they may have been written; null: the beginning.</param>
/// <param name="Until">And the last; null: now.</param>
public sealed record ReplayRange(string? Stream = null, IReadOnlyCollection<Guid>? AggregateIds = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);

/// <summary>A replay over all shards: who or what asked for it, for which range, and how many events the broker has acknowledged so far.</summary>
public sealed record ReplayProgress(
    string Reason, string? Stream, int? Aggregates, DateTimeOffset? Since, DateTimeOffset? Until, long Sent, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt);

/// <summary>
/// The parts of the outbox that are to be sent again. They are noted here and sent by the relays, in order, beside what is new; progress is kept, so
/// that a relay which dies in the middle of a million goes on where it was.
/// </summary>
public static class Replays
{
    /// <summary>
    /// Notes that <paramref name="range"/> is to be sent again, but for what an open replay is going to send entirely: one that has not begun, or one of everybody that has not come to any
    /// event of an aggregate. (Who waits for an aggregate's events asks again and again, each time for others beside: when the broker has forgotten much, ten replays would stand in line
    /// for each of them, behind the one of everything.)
    /// </summary>
    public static async Task RequestAsync(UnitOfWork work, ReplayRange range, string reason, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            WITH asked AS MATERIALIZED (
              -- Of whom nothing was ever told may be in any shard.
              SELECT id, told.shard, first FROM unnest($3) AS id LEFT JOIN LATERAL (SELECT shard, min(seq) AS first FROM outbox WHERE aggregate_id = id GROUP BY shard) AS told ON true),
            open AS (
              -- What was sent since they were noted is sent again, too: of what it is counted on for, none has sent anything.
              UPDATE outbox_replays SET snap = outbox_cursor.snap FROM outbox_cursor
              WHERE outbox_replays.shard = outbox_cursor.shard AND finished_at IS NULL AND (stream IS NULL OR stream = $2) AND since <= $4 AND until >= $5
                AND (next_seq = 0 OR aggregate_ids IS NULL AND EXISTS (SELECT FROM asked WHERE asked.shard = outbox_replays.shard AND first > next_seq))
              RETURNING outbox_replays.shard, aggregate_ids, next_seq)
            INSERT INTO outbox_replays (shard, reason, snap, stream, aggregate_ids, since, until)
            SELECT shard, $1, snap, $2, ids, $4, $5
            FROM outbox_cursor, LATERAL (
              SELECT CASE WHEN $3 IS NOT NULL THEN ARRAY(
                SELECT id FROM asked WHERE coalesce(asked.shard, outbox_cursor.shard) = outbox_cursor.shard AND NOT EXISTS (
                  SELECT FROM open WHERE open.shard = outbox_cursor.shard AND CASE WHEN aggregate_ids IS NOT NULL THEN id = ANY (aggregate_ids) ELSE first > next_seq END)) END AS ids) AS rest
            WHERE (ids IS NULL OR ids <> '{}') AND NOT EXISTS (SELECT FROM open WHERE open.shard = outbox_cursor.shard AND aggregate_ids IS NULL AND next_seq = 0)
            """,
            reason, Rows.OrNull(range.Stream, NpgsqlDbType.Text), Rows.OrNull(range.AggregateIds?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
            // The least and the greatest instant stand for PostgreSQL's infinities.
            (range.Since ?? DateTimeOffset.MinValue).UtcDateTime, (range.Until ?? DateTimeOffset.MaxValue).UtcDateTime);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The latest first: what was asked for, how far it is.</summary>
    public static async Task<IReadOnlyList<ReplayProgress>> ListAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT reason, stream, sum(cardinality(aggregate_ids))::int, nullif(since, '-infinity'), nullif(until, 'infinity'), sum(sent)::bigint, requested_at,
              CASE WHEN bool_and(finished_at IS NOT NULL) THEN max(finished_at) END
            FROM outbox_replays GROUP BY reason, stream, aggregate_ids IS NULL, since, until, requested_at ORDER BY requested_at DESC LIMIT 100
            """);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var replays = new List<ReplayProgress>();
        while (await rows.ReadAsync(cancellationToken))
            replays.Add(new ReplayProgress(rows.GetString(0), rows.TextOrNull(1), rows.ValueOrNull<int>(2), rows.ValueOrNull<DateTimeOffset>(3), rows.ValueOrNull<DateTimeOffset>(4),
                rows.GetInt64(5), rows.GetFieldValue<DateTimeOffset>(6), rows.ValueOrNull<DateTimeOffset>(7)));
        return replays;
    }
}
