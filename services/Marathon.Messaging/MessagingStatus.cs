using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>Where the messaging of a service stands.</summary>
/// <param name="Unsent">Events committed and not yet noted as sent, which a relay does at the end of a pass; counted up to 10,000 of each shard.</param>
/// <param name="OldestUnsent">How long the oldest of them has been waiting.</param>
/// <param name="Leads">The shards whose relay leads in this process, and since which epoch.</param>
/// <param name="Lag">Messages there and not applied by this process, by stream.</param>
/// <param name="OldestUnapplied">About how long the oldest of them has been there; zero where that is not known.</param>
/// <param name="Parked">Events put aside, by state.</param>
/// <param name="ReadUntil">When the newest event that was applied was written, by stream, whichever process has applied it.</param>
public sealed record MessagingState(
    long Unsent, TimeSpan OldestUnsent, IReadOnlyDictionary<short, long> Leads, IReadOnlyDictionary<string, long> Lag, TimeSpan OldestUnapplied, IReadOnlyDictionary<string, long> Parked,
    IReadOnlyDictionary<string, DateTimeOffset> ReadUntil);

/// <summary>
/// What an operator asks first. It never makes a service unready: one that cannot send or apply events still does its own work, and catches up.
/// </summary>
public sealed class MessagingStatus(NpgsqlDataSource database, MessagingOptions options, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan LongUnsent = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<short, long> leads = new();
    private volatile Seen seen = new(new Dictionary<string, long>(), null);

    /// <summary>Messages there and not applied by this process, by stream, as it last looked.</summary>
    public IReadOnlyDictionary<string, long> Behind => seen.Lag;

    internal void Lead(short shard, long epoch) => leads[shard] = epoch;

    internal void Follow(short shard) => leads.TryRemove(shard, out _);

    /// <param name="behind">Messages there and not applied, by stream.</param>
    /// <param name="since">When the oldest of them was sent; null: it is not known, or there are none.</param>
    internal void Read(IReadOnlyDictionary<string, long> behind, DateTimeOffset? since) => seen = new(behind, since);

    /// <summary>Asks the database.</summary>
    public async Task<MessagingState> ReadAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        // A shard that no relay ever led has no cursor: nothing of it is sent.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT coalesce(sum(count), 0)::bigint, min(oldest) FROM (
              SELECT shard::smallint, coalesce(snap, '1:1:') AS snap FROM generate_series(0, $1 - 1) AS shard LEFT JOIN outbox_cursor USING (shard)) AS cursor, LATERAL (
              SELECT count(*), min(occurred_at) AS oldest FROM (
                SELECT occurred_at FROM outbox
                WHERE shard = cursor.shard AND xid >= pg_snapshot_xmin(cursor.snap) AND NOT pg_visible_in_snapshot(xid, cursor.snap) LIMIT 10000) AS unsent) AS shard
            """) { Parameters = { new() { Value = (int)OutboxShards.Count } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT state, count(*) FROM parked_events GROUP BY state"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT topic, max(read_until) FROM consumer_positions WHERE isfinite(read_until) GROUP BY topic"));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        var unsent = rows.GetInt64(0);
        var oldest = rows.IsDBNull(1) ? TimeSpan.Zero : time.GetUtcNow() - rows.GetFieldValue<DateTimeOffset>(1);
        await rows.NextResultAsync(cancellationToken);
        var parked = new Dictionary<string, long>();
        while (await rows.ReadAsync(cancellationToken)) parked[rows.GetString(0)] = rows.GetInt64(1);
        await rows.NextResultAsync(cancellationToken);
        var readUntil = new Dictionary<string, DateTimeOffset>();
        while (await rows.ReadAsync(cancellationToken)) readUntil[EventCatalog.StreamOfTopic(rows.GetString(0))] = rows.GetFieldValue<DateTimeOffset>(1);
        var (lag, since) = seen;
        return new MessagingState(unsent, oldest, new Dictionary<short, long>(leads), lag, since is null ? TimeSpan.Zero : time.GetUtcNow() - since.Value, parked, readUntil);
    }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var state = await ReadAsync(cancellationToken);
            var data = new Dictionary<string, object> { ["state"] = state };
            var deadLetters = state.Parked.GetValueOrDefault("failed") + state.Parked.GetValueOrDefault("malformed");
            return state.OldestUnsent > options.KeepBack + LongUnsent ? HealthCheckResult.Degraded($"{state.Unsent} events are not sent, the oldest for {state.OldestUnsent.TotalSeconds:0} s.", data: data)
                : deadLetters > 0 ? HealthCheckResult.Degraded($"{deadLetters} dead letters wait for an operator.", data: data)
                : HealthCheckResult.Healthy(data: data);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            // The database has a check of its own.
            return HealthCheckResult.Degraded("Not known: the database does not answer.");
        }
    }

    private sealed record Seen(IReadOnlyDictionary<string, long> Lag, DateTimeOffset? Since);
}
