using System.Data;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Kafka;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

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
/// moves after every pass, when all of it is acknowledged, so a crash sends again and never loses; consumers drop what they know.
/// </para>
/// <para>
/// In a rush at the service's own door (<see cref="Rush"/>) nothing is sent for up to <see cref="MessagingOptions.KeepBack"/>: it is they who wait there whom the machine is for, and what is
/// told a minute later is told as well. Between two passes a part of an open replay is sent (<see cref="Replays"/>). A broker that has forgotten — a cluster with another id, or a log that
/// ends before what it acknowledged — is such a replay, of everything.
/// </para>
/// </summary>
internal sealed class OutboxRelay(
    short shard, NpgsqlDataSource database, KafkaConnection kafka, OutboxSignal signal, MessagingOptions options, MessagingMeter meter, MessagingStatus status,
    TimeProvider time, ILogger<OutboxRelay> logger)
    : BackgroundService
{
    private const int AdvisoryLockClass = 0x4F555442; // "OUTB"
    private static readonly TimeSpan ReplayCheckInterval = TimeSpan.FromSeconds(1), KeepAliveInterval = TimeSpan.FromSeconds(1), RushCheckInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Read at once, at most.</summary>
    private const int Portion = 5000;

    /// <summary>
    /// Sent at once, at most, of a backlog that fills a portion, with a pause before the next ones: some 2,000 a second, so that whoever listens is not flooded, nor the embedded broker's
    /// memory, which forgets what they have not read in time; and 500 a second while people wait at the door: they come first, and the rest is later by as much.
    /// </summary>
    private const int Flood = 1000;
    private static readonly TimeSpan PauseInFlood = TimeSpan.FromMilliseconds(500), PauseInCrowd = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Plans are made for how full the tables are now: one made for an empty outbox would read the whole of a full one at every pass. And rows are read in the order of an index, so that a
    /// portion costs a portion: to a planner without statistics it looks as cheap to fetch all that is left, and sort it.
    /// </summary>
    internal const string Planning = "SET plan_cache_mode = force_custom_plan; SET enable_bitmapscan = off";

    /// <summary>
    /// The first portion of what became visible since <c>$2</c>: one statement, hence one snapshot for its rows and for pg_current_snapshot(). OFFSET 0: found by what is new, and only then
    /// put in order. A planner whose statistics are of an empty outbox may take the order for cheaper, and read all of a full one at every pass.
    /// </summary>
    internal const string Unsent = """
        SELECT now.snap::text, stream, aggregate_id, version, type, payload, trace_parent, occurred_at, seq
        FROM (SELECT pg_current_snapshot() AS snap) AS now
        LEFT JOIN LATERAL (
          SELECT * FROM (
            SELECT * FROM outbox
            WHERE shard = $1 AND xid >= pg_snapshot_xmin($2::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot) AND pg_visible_in_snapshot(xid, now.snap)
            OFFSET 0) AS unsent
          ORDER BY seq LIMIT $3
        ) AS event ON true
        ORDER BY seq
        """;

    /// <summary>
    /// The next portion, after <c>$5</c>, of what the first one's snapshot, <c>$4</c>, saw. In order of seq from the start: behind the first portion of a long backlog nearly all is unsent. (The
    /// last one looks through what was told meanwhile, once.)
    /// </summary>
    internal const string UnsentStill = """
        SELECT $4, stream, aggregate_id, version, type, payload, trace_parent, occurred_at, seq
        FROM outbox
        WHERE shard = $1 AND seq > $5 AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot) AND pg_visible_in_snapshot(xid, $4::pg_snapshot)
        ORDER BY seq LIMIT $3
        """;

    private const string OfReplay = """
        shard = $1 AND seq > replay.next_seq AND pg_visible_in_snapshot(xid, replay.snap) AND (replay.stream IS NULL OR stream = replay.stream)
              AND occurred_at BETWEEN replay.since AND replay.until
        """;

    /// <summary>The next part of the oldest open replay. Some aggregates' events are found by aggregate (so OFFSET 0): looked for by seq, among all there are, few parts would take minutes.</summary>
    internal const string Replayed = $"""
        SELECT replay.id, event.stream, event.aggregate_id, version, type, payload, trace_parent, occurred_at, seq, replay.snap::text
        FROM (SELECT * FROM outbox_replays WHERE shard = $1 AND finished_at IS NULL ORDER BY id LIMIT 1) AS replay
        LEFT JOIN LATERAL (
          (SELECT outbox.* FROM outbox WHERE replay.aggregate_ids IS NULL AND {OfReplay} ORDER BY seq LIMIT $2)
          UNION ALL
          (SELECT told.* FROM (SELECT DISTINCT unnest(replay.aggregate_ids) AS id) AS named, LATERAL (SELECT * FROM outbox WHERE aggregate_id = id OFFSET 0) AS told WHERE {OfReplay} ORDER BY seq LIMIT $2)
        ) AS event ON true
        ORDER BY seq
        """;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.RetryDelay).RunAsync(
        LeadAsync, exception => logger.LogWarning("The relay of shard {Shard} starts over: {Reason}", shard, Rounds.Reason(exception)), stoppingToken);

    /// <summary>Returns when another relay leads, or throws when anything fails: the next attempt starts from the cursor.</summary>
    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await ScalarAsync(connection, "SELECT pg_try_advisory_lock($1, $2)", cancellationToken, AdvisoryLockClass, (int)shard) is not true) return;
        try
        {
            await ScalarAsync(connection, Planning, cancellationToken);
            // The lock is the session's: a process that is frozen would keep it. A relay that runs is idle for so long only where the broker is as slow; then it starts over.
            await ScalarAsync(connection, "SET idle_session_timeout = '20s'", cancellationToken);
            var epoch = (long)(await ScalarAsync(connection, """
                INSERT INTO outbox_cursor (shard, snap, epoch) VALUES ($1, '1:1:', 1)
                ON CONFLICT (shard) DO UPDATE SET epoch = outbox_cursor.epoch + 1 RETURNING epoch
                """, cancellationToken, shard))!;
            // A cursor that goes back a little when the server crashes makes some events be sent again.
            await ScalarAsync(connection, "SET synchronous_commit = off", cancellationToken);
            using var sender = new EventSender(kafka, options.Source, logger);
            await RunAsync(connection, sender, epoch, cancellationToken);
        }
        finally
        {
            status.Follow(shard);
            // A server that went away has let go of it, and that it went is what is told.
            if (connection.State == ConnectionState.Open)
            {
                await ScalarAsync(connection, "RESET plan_cache_mode; RESET enable_bitmapscan; RESET synchronous_commit; RESET idle_session_timeout", CancellationToken.None);
                await ScalarAsync(connection, "SELECT pg_advisory_unlock($1, $2)", CancellationToken.None, AdvisoryLockClass, (int)shard);
            }
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, EventSender sender, long epoch, CancellationToken cancellationToken)
    {
        var cluster = new Cluster(sender.Handle);
        var snap = await ResumeAsync(connection, cluster, epoch, cancellationToken);
        var clusterChecked = Environment.TickCount64;
        logger.LogInformation("The relay of shard {Shard} leads, epoch {Epoch}", shard, epoch);
        status.Lead(shard, epoch);
        Failpoint.Hit("relay.leading");

        // Whoever leads anew looks first: a minute is not begun again and again.
        var (pace, passedAt) = (new Pace(options.Linger), 0L);
        var (replaying, replaysChecked, patience) = (true, 0L, TimeSpan.Zero);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (sender.Disturbed || IsDue(clusterChecked, options.ClusterCheckInterval))
            {
                sender.Disturbed = false;
                snap = await ResumeAsync(connection, cluster, epoch, cancellationToken);
                clusterChecked = Environment.TickCount64;
            }

            if (!replaying && IsKeptBack())
            {
                await RestAsync(connection, RushCheckInterval, KeepAliveInterval, IsKeptBack, cancellationToken);
                continue;
            }

            passedAt = Environment.TickCount64;
            (snap, var sent, var took) = await PassAsync(connection, sender, snap, epoch, cancellationToken);
            meter.Sent(sent);
            pace.Worked(took, sent);

            if (replaying || IsDue(replaysChecked, ReplayCheckInterval))
            {
                replaying = await ReplayAsync(connection, sender, epoch, cancellationToken);
                replaysChecked = Environment.TickCount64;
            }
            // Another replica's commits wake nobody here: while there is something to send, more is likely, and it is looked for often.
            patience = sent > 0 || replaying ? TimeSpan.Zero : Longer(patience);
            if (patience > TimeSpan.Zero) await signal.WaitAsync(shard, patience, cancellationToken);
            // A replay lets nothing gather: it has a pace of its own.
            await Task.Delay(replaying ? options.ReplayPause : pace.Rest, cancellationToken);
        }

        bool IsKeptBack() => options.KeepBack > TimeSpan.Zero && signal.IsRush && !IsDue(passedAt, options.KeepBack);
    }

    /// <summary>Sends what became visible since <paramref name="snap"/>, and moves the cursor when all is acknowledged; returns the snapshot to go on from, how many were sent, and how long that took without its pauses.</summary>
    private async Task<(string Snap, int Sent, TimeSpan Took)> PassAsync(NpgsqlConnection connection, EventSender sender, string snap, long epoch, CancellationToken cancellationToken)
    {
        var (work, seen, sent, lastSeq, isBacklog, portion) = (Stopwatch.StartNew(), (string?)null, 0, 0L, false, new List<StoredEvent>());
        do
        {
            portion.Clear();
            await using (var command = seen is null ? Command(connection, Unsent, shard, snap, Portion) : Command(connection, UnsentStill, shard, snap, Portion, seen, lastSeq))
            await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
                while (await rows.ReadAsync(cancellationToken))
                {
                    seen = rows.GetString(0);
                    if (rows.IsDBNull(1)) break;
                    portion.Add(Read(rows));
                    lastSeq = rows.GetInt64(8);
                }
            isBacklog |= portion.Count == Portion;
            foreach (var some in portion.Chunk(Flood))
            {
                if (isBacklog && sent > 0)
                {
                    work.Stop();
                    await RestAsync(connection, PauseInFlood, PauseInCrowd, () => options.KeepBack > TimeSpan.Zero && signal.IsCrowded, cancellationToken);
                    work.Start();
                }
                foreach (var told in some) await sender.SendAsync(told, cancellationToken);
                Failpoint.Hit("relay.read");
                await sender.AcknowledgedAsync(cancellationToken);
                sent += some.Length;
            }
        }
        while (portion.Count == Portion);
        if (sent > 0)
        {
            Failpoint.Hit("relay.acknowledged");
            await MoveAsync(connection, seen!, sender.TakeEnds(), epoch, cancellationToken);
            Failpoint.Hit("relay.moved");
        }
        return (seen!, sent, work.Elapsed);
    }

    /// <summary>For <paramref name="atLeast"/>, and while there is a reason up to <paramref name="atMost"/>. Whoever is idle loses its session, and with it all that a pass has sent: it says a word.</summary>
    private static async Task RestAsync(NpgsqlConnection connection, TimeSpan atLeast, TimeSpan atMost, Func<bool> isReason, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        await Task.Delay(atLeast, cancellationToken);
        while (isReason() && Stopwatch.GetElapsedTime(since) < atMost) await Task.Delay(RushCheckInterval, cancellationToken);
        await ScalarAsync(connection, "SELECT 1", cancellationToken);
    }

    private async Task MoveAsync(
        NpgsqlConnection connection, string snap, IReadOnlyDictionary<TopicPartition, long> ends, long epoch, CancellationToken cancellationToken)
    {
        var moved = await ScalarAsync(connection, """
            UPDATE outbox_cursor SET snap = $1::pg_snapshot, end_offsets = end_offsets || $2 WHERE shard = $3 AND epoch = $4 RETURNING 1
            """, cancellationToken, snap, Json(ends.ToDictionary(end => Text(end.Key), end => end.Value)), shard, epoch);
        if (moved is null) throw AnotherLeads();
    }

    /// <summary>Sends the next part of the oldest open replay; false when there is none.</summary>
    private async Task<bool> ReplayAsync(NpgsqlConnection connection, EventSender sender, long epoch, CancellationToken cancellationToken)
    {
        var (id, snap, sent, lastSeq) = (0L, "", 0, 0L);
        await using (var command = Command(connection, Replayed, shard, options.ReplayBatch))
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
            while (await rows.ReadAsync(cancellationToken))
            {
                (id, snap) = (rows.GetInt64(0), rows.GetString(9));
                if (rows.IsDBNull(1)) break;
                await sender.SendAsync(Read(rows), cancellationToken);
                lastSeq = rows.GetInt64(8);
                sent++;
            }
        if (id == 0) return false;
        await sender.AcknowledgedAsync(cancellationToken);
        Failpoint.Hit("relay.replayed");
        // Where somebody counts on it for what was told meanwhile, this part may lack some of that: it is sent again.
        var isNoted = await ScalarAsync(connection, """
            WITH noted AS (
              UPDATE outbox_replays SET next_seq = greatest(next_seq, $1), sent = sent + $2, finished_at = CASE WHEN $3 THEN now() END
              WHERE id = $4 AND snap::text = $7 AND EXISTS (SELECT 1 FROM outbox_cursor WHERE shard = $5 AND epoch = $6) RETURNING 1)
            SELECT EXISTS (SELECT FROM noted) FROM outbox_cursor WHERE shard = $5 AND epoch = $6
            """, cancellationToken, lastSeq, sent, sent < options.ReplayBatch, id, shard, epoch, snap);
        if (isNoted is null) throw AnotherLeads();
        meter.Sent(sent);
        return true;
    }

    /// <summary>The snapshot to go on from. If the broker has forgotten anything, everything that it was ever sent is noted to be sent again.</summary>
    private async Task<string> ResumeAsync(NpgsqlConnection connection, Cluster cluster, long epoch, CancellationToken cancellationToken)
    {
        var cursor = await ReadCursorAsync(connection, epoch, cancellationToken);
        var clusterId = await cluster.IdAsync(cancellationToken);
        var isRestored = cursor.ServerId is not null && cursor.ServerId != cursor.CurrentServerId;
        var forgot =
            isRestored ? "the database was restored on another server"
            : cursor.ClusterId is null ? null
            : cursor.ClusterId != clusterId ? $"the broker is another cluster ({clusterId})"
            : await LostAsync(cluster, cursor.Ends, cancellationToken) is { } lost ? $"the broker lost the end of {lost}"
            : null;
        if (forgot is null && cursor.ClusterId == clusterId && cursor.ServerId == cursor.CurrentServerId) return cursor.Snap;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (isRestored)
        {
            // Transaction ids start again on another server (the dump of a database carries the old ones in its rows): as in PostgreSQL's own
            // freezing, the rows get one that is older than any.
            await ScalarAsync(connection, "UPDATE outbox SET xid = '3' WHERE shard = $1", cancellationToken, shard);
        }
        var snap = (string?)await ScalarAsync(connection, """
            UPDATE outbox_cursor
            SET cluster_id = $1, server_id = $2, end_offsets = CASE WHEN $3 THEN '{}' ELSE end_offsets END,
              snap = CASE WHEN $4 THEN pg_current_snapshot() ELSE snap END
            WHERE shard = $5 AND epoch = $6 RETURNING snap::text
            """, cancellationToken, clusterId, cursor.CurrentServerId, forgot is not null, isRestored, shard, epoch) ?? throw AnotherLeads();
        if (forgot is not null)
        {
            logger.LogWarning("Everything in shard {Shard} is sent again: {Reason}", shard, forgot);
            await ScalarAsync(connection, "UPDATE outbox_replays SET finished_at = now() WHERE shard = $1 AND finished_at IS NULL", cancellationToken, shard);
            await ScalarAsync(connection, """
                INSERT INTO outbox_replays (shard, reason, snap, since, until) SELECT shard, $1, snap, '-infinity', 'infinity' FROM outbox_cursor WHERE shard = $2
                """, cancellationToken, forgot, shard);
        }
        await transaction.CommitAsync(cancellationToken);
        return snap;
    }

    /// <summary>The first partition whose log ends before what it once acknowledged; null when none does.</summary>
    private static async Task<string?> LostAsync(Cluster cluster, IReadOnlyDictionary<string, long> recorded, CancellationToken cancellationToken)
    {
        var now = await cluster.EndsAsync([.. recorded.Keys.Select(Partition)], cancellationToken);
        return recorded.FirstOrDefault(end => now.TryGetValue(Partition(end.Key), out var known) && known < end.Value).Key;
    }

    private async Task<Cursor> ReadCursorAsync(NpgsqlConnection connection, long epoch, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, """
            SELECT snap::text, cluster_id, end_offsets::text, server_id, (SELECT system_identifier FROM pg_control_system())
            FROM outbox_cursor WHERE shard = $1 AND epoch = $2
            """, shard, epoch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw AnotherLeads();
        return new Cursor(row.GetString(0), row.TextOrNull(1), JsonSerializer.Deserialize<Dictionary<string, long>>(row.GetString(2))!,
            row.ValueOrNull<long>(3), row.GetInt64(4));
    }

    private readonly record struct Cursor(string Snap, string? ClusterId, IReadOnlyDictionary<string, long> Ends, long? ServerId, long CurrentServerId);

    private InvalidOperationException AnotherLeads() => new($"another relay leads shard {shard}");

    private TimeSpan Longer(TimeSpan patience) => TimeSpan.FromTicks(Math.Min(Math.Max(2 * patience.Ticks, options.Linger.Ticks), options.PollInterval.Ticks));

    private static bool IsDue(long since, TimeSpan interval) => Environment.TickCount64 - since > interval.TotalMilliseconds;

    /// <summary>Of a row whose columns 1 to 7 are the event's.</summary>
    private static StoredEvent Read(NpgsqlDataReader row) => new(
        row.GetString(1), row.GetGuid(2), row.GetInt32(3), row.GetString(4), row.GetFieldValue<byte[]>(5),
        row.TextOrNull(6), row.GetFieldValue<DateTimeOffset>(7));

    private static string Text(TopicPartition partition) => $"{partition.Topic}/{partition.Partition.Value}";

    private static TopicPartition Partition(string text) =>
        new(text[..text.LastIndexOf('/')], int.Parse(text[(text.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture));

    private static NpgsqlParameter Json(object value) => new() { Value = JsonSerializer.Serialize(value), NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        // However long: what it reads may be a season.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters) command.Parameters.Add(parameter as NpgsqlParameter ?? new NpgsqlParameter { Value = parameter });
        return command;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
