using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// Sends a shard's events to the broker, in order, without loss, and without touching their rows.
/// <para>
/// A pass reads the rows that the snapshot of this pass sees and the snapshot of the last one did not (the difference of two snapshots, as in
/// PgQ), ordered by <c>seq</c>. An event whose transaction was still running at the last pass is thus found whenever it commits, and two events of
/// one aggregate, whose second is inserted only under the row lock that the first one's transaction gave up, keep their order. Reading by
/// <c>seq</c> alone loses rows, the usual <c>xid &lt; xmin</c> breaks the order within an aggregate (docs/adr/0003).
/// </para>
/// <para>
/// One relay per shard leads, by advisory lock; the epoch in the cursor stops one that was frozen and woke up behind its successor. The cursor
/// moves after every acknowledgement, so a crash sends again and never loses; consumers drop what they know. A cluster with another id has
/// forgotten everything: all is sent again.
/// </para>
/// </summary>
internal sealed class OutboxRelay(
    short shard, NpgsqlDataSource database, KafkaConnection kafka, OutboxSignal signal, MessagingOptions options, MessagingMeter meter, ILogger<OutboxRelay> logger)
    : BackgroundService
{
    private const int AdvisoryLockClass = 0x4F555442; // "OUTB"
    private const string BeforeEverything = "1:1:";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await EnsureCursorAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning("The relay of shard {Shard} starts over: {Reason}", shard, exception.Message);
            }
            await Task.Delay(options.RetryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Returns when another relay leads, or throws when anything fails: the next attempt starts from the cursor.</summary>
    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await ScalarAsync(connection, "SELECT pg_try_advisory_lock($1, $2)", cancellationToken, AdvisoryLockClass, (int)shard) is not true) return;
        try
        {
            var epoch = (long)(await ScalarAsync(connection, "UPDATE outbox_cursor SET epoch = epoch + 1 WHERE shard = $1 RETURNING epoch", cancellationToken, shard))!;
            using var sender = new EventSender(kafka, options.Source, logger);
            var cluster = new ClusterIdentity(sender.Handle);
            var snap = await ResumeAsync(connection, epoch, await cluster.ReadAsync(cancellationToken), cancellationToken);
            var checkedAt = Environment.TickCount64;
            logger.LogInformation("The relay of shard {Shard} leads, epoch {Epoch}", shard, epoch);

            while (!cancellationToken.IsCancellationRequested)
            {
                if (sender.Disturbed || Environment.TickCount64 - checkedAt > options.ClusterCheckInterval.TotalMilliseconds)
                {
                    sender.Disturbed = false;
                    snap = await ResumeAsync(connection, epoch, await cluster.ReadAsync(cancellationToken), cancellationToken, snap);
                    checkedAt = Environment.TickCount64;
                }

                var (seen, sent) = await PassAsync(connection, sender, snap, cancellationToken);
                if (sent > 0 && await ScalarAsync(connection, "UPDATE outbox_cursor SET snap = $1::pg_snapshot WHERE shard = $2 AND epoch = $3 RETURNING 1", cancellationToken, seen, shard, epoch) is null)
                {
                    logger.LogWarning("Another relay leads shard {Shard}; this one stops", shard);
                    return;
                }
                snap = seen;
                meter.Sent(sent);
                if (sent == 0) await signal.WaitAsync(options.PollInterval, cancellationToken);
                await Task.Delay(options.Linger, cancellationToken);
            }
        }
        finally
        {
            await ScalarAsync(connection, "SELECT pg_advisory_unlock($1, $2)", CancellationToken.None, AdvisoryLockClass, (int)shard);
        }
    }

    /// <summary>Sends what became visible since <paramref name="snap"/>; returns the snapshot to go on from, when all is acknowledged.</summary>
    private async Task<(string Snap, int Sent)> PassAsync(NpgsqlConnection connection, EventSender sender, string snap, CancellationToken cancellationToken)
    {
        // One statement, hence one snapshot for its rows and for pg_current_snapshot().
        await using var command = new NpgsqlCommand("""
            SELECT now.snap::text, stream, aggregate_id, version, type, payload, trace_parent, occurred_at
            FROM (SELECT pg_current_snapshot() AS snap) AS now
            LEFT JOIN LATERAL (
              SELECT * FROM outbox
              WHERE shard = $1 AND xid >= pg_snapshot_xmin($2::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot)
            ) AS event ON true
            ORDER BY seq
            """, connection)
        {
            Parameters = { new() { Value = shard }, new() { Value = snap } },
            CommandTimeout = 0,
        };
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var sent = 0;
        while (await rows.ReadAsync(cancellationToken))
        {
            snap = rows.GetString(0);
            if (await rows.IsDBNullAsync(1, cancellationToken)) break;
            await sender.SendAsync(new StoredEvent(
                rows.GetString(1), rows.GetGuid(2), rows.GetInt32(3), rows.GetString(4), rows.GetFieldValue<byte[]>(5),
                rows.IsDBNull(6) ? null : rows.GetString(6), rows.GetFieldValue<DateTimeOffset>(7)), cancellationToken);
            sent++;
        }
        await sender.AcknowledgedAsync(cancellationToken);
        return (snap, sent);
    }

    /// <summary>The snapshot to go on from: the cursor's (or <paramref name="current"/>), or the beginning when the cluster is not the one it knew.</summary>
    private async Task<string> ResumeAsync(NpgsqlConnection connection, long epoch, string clusterId, CancellationToken cancellationToken, string? current = null)
    {
        var resumed = (string?)await ScalarAsync(connection, """
            UPDATE outbox_cursor
            SET snap = CASE WHEN cluster_id = $1 OR cluster_id IS NULL THEN coalesce($2::pg_snapshot, snap) ELSE $3::pg_snapshot END, cluster_id = $1
            WHERE shard = $4 AND epoch = $5 RETURNING snap::text
            """, cancellationToken, clusterId, (object?)current ?? DBNull.Value, BeforeEverything, shard, epoch)
            ?? throw new InvalidOperationException($"Another relay leads shard {shard}.");
        if (resumed == BeforeEverything && current is not null and not BeforeEverything)
            logger.LogWarning("The broker is another cluster ({Cluster}): everything is sent again", clusterId);
        return resumed;
    }

    private async Task EnsureCursorAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await ScalarAsync(connection, "INSERT INTO outbox_cursor (shard, snap, epoch) VALUES ($1, $2::pg_snapshot, 0) ON CONFLICT DO NOTHING", cancellationToken, shard, BeforeEverything);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter is DBNull ? new NpgsqlParameter { Value = parameter, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new NpgsqlParameter { Value = parameter });
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
