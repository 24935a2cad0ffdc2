using System.Data;
using System.Diagnostics;
using Marathon.ServiceDefaults;
using Npgsql;

namespace Marathon.Dashboard;

/// <summary>
/// Brings what lists and sums are read from (<c>listed</c>, <c>cells</c>, <c>arrivals</c>) up to what has changed. One replica at a time, everything that changed
/// since the last time: however many events a registration has had meanwhile, it is looked at once, and no two writers meet at a sum. What
/// it was counted with stands beside it, so a sum is always that of its rows, whatever was heard in which order and however often.
/// </summary>
internal sealed class Digest(NpgsqlDataSource database, Changes changes, TimeProvider time, ILogger<Digest> logger) : BackgroundService
{
    /// <summary>With the schema: a view that is being rebuilt has a digest of its own.</summary>
    private const int AdvisoryLock = 0x44494745; // "DIGE"

    /// <summary>In one statement: what it reads is held in memory.</summary>
    private const int Portion = 5000;

    /// <summary>Whoever follows the changes has read them by then.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>Another replica's changes wake nobody here.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), RetryDelay = TimeSpan.FromSeconds(1), ShortestRest = TimeSpan.FromMilliseconds(100),
        LongestRest = TimeSpan.FromSeconds(3);

    private readonly Queue<(long At, string Snap)> seen = [];

    /// <summary>How long it rests depends on what there was.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Rest: TimeSpan.Zero) { RestAfterFailure = RetryDelay }.RunAsync(
        async cancellationToken =>
        {
            var (next, watch) = (changes.Next, Stopwatch.StartNew());
            var digested = await DigestAsync(cancellationToken) ?? 0;
            // Four fifths of the time are for others, and under load the portions grow instead; half of it when there is much to catch up with. But one that was
            // slow for another reason, as the first of a process on a crowded machine, is not to keep everybody waiting four times as long for the next.
            await Task.Delay(TimeSpan.FromTicks(Math.Clamp((digested >= Portion ? 1 : 4) * watch.Elapsed.Ticks, ShortestRest.Ticks, LongestRest.Ticks)), time, cancellationToken);
            if (digested == 0) await next.WaitAsync(Poll, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        },
        exception => logger.LogWarning("The digest starts over: {Reason}", Rounds.Reason(exception)), stoppingToken);

    /// <summary>Keeps every digest away, of this view and of the next one, until the transaction ends; false when one is at it.</summary>
    public static async Task<bool> TryHoldAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var hold = new NpgsqlCommand($"SELECT bool_and(pg_try_advisory_xact_lock({AdvisoryLock}, hashtext(shown))) FROM unnest(ARRAY['public', 'next']) AS shown", connection);
        return await hold.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Digests what has changed; returns of how many registrations, or null when another is at it.</summary>
    public async Task<int?> DigestAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await Command("SELECT key FROM hashtext(current_schema()) AS key WHERE pg_try_advisory_lock($1, key)", AdvisoryLock).ExecuteScalarAsync(cancellationToken) is not int key) return null;
        try
        {
            var (snap, isChanged, ids) = await ChangedAsync();
            if (!isChanged) return 0;
            for (var from = 0; from == 0 || from < ids.Length; from += Portion) await MoveAsync(snap, ids[from..Math.Min(ids.Length, from + Portion)], isLast: from + Portion >= ids.Length);
            return ids.Length;
        }
        finally
        {
            // A server that went away has let go of it.
            if (connection.State == ConnectionState.Open) await Command("SELECT pg_advisory_unlock($1, $2)", AdvisoryLock, key).ExecuteNonQueryAsync(CancellationToken.None);
        }

        // Of races and goods something has changed, too; a race's id is no registration's, and is passed over.
        async Task<(string Snap, bool IsChanged, Guid[] Ids)> ChangedAsync()
        {
            await using var select = Command($$"""
                SELECT pg_current_snapshot()::text, count(*) > 0, coalesce(array_agg(DISTINCT id) FILTER (WHERE id IS NOT NULL), '{}')
                FROM digested JOIN changed ON xid >= pg_snapshot_xmin(snapshot) AND NOT pg_visible_in_snapshot(xid, snapshot) LEFT JOIN LATERAL unnest(ids) AS id ON true
                """);
            await using var row = await select.ExecuteReaderAsync(cancellationToken);
            await row.ReadAsync(cancellationToken);
            return (row.GetString(0), row.GetBoolean(1), row.GetFieldValue<Guid[]>(2));
        }

        // Sent together it is one way to the server and back, and a transaction of its own: in a longer one the sums' old rows would pile up, as nobody may tidy them away before its
        // end. Whoever breaks off between two of them does some of it again.
        async Task MoveAsync(string snap, Guid[] portion, bool isLast)
        {
            await using var batch = connection.CreateBatch();
            if (portion.Length > 0)
                foreach (var part in (string[])[NewCells, Move, Name, Bib]) Add(part, portion);
            if (isLast) Add("UPDATE digested SET moved = pg_current_xact_id(), snapshot = $1::pg_snapshot, at = clock_timestamp()", snap);
            else Add("UPDATE digested SET moved = pg_current_xact_id()");
            if (isLast && Forgotten(snap) is { } old) Add("DELETE FROM changed WHERE xid < pg_snapshot_xmin($1::pg_snapshot)", old);
            await batch.ExecuteNonQueryAsync(cancellationToken);

            void Add(string sql, object? parameter = null)
            {
                var command = new NpgsqlBatchCommand(sql);
                if (parameter is not null) command.Parameters.Add(new() { Value = parameter });
                batch.BatchCommands.Add(command);
            }
        }

        // What was seen by whoever looked so long ago; null: nobody did.
        string? Forgotten(string snap)
        {
            var now = Environment.TickCount64;
            seen.Enqueue((now, snap));
            string? old = null;
            while (seen.TryPeek(out var first) && now - first.At > Kept.TotalMilliseconds) old = seen.Dequeue().Snap;
            return old;
        }

        NpgsqlCommand Command(string sql, params ReadOnlySpan<object> parameters)
        {
            var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
            return command;
        }
    }

    // OFFSET 0: one after the other, by key, whatever the planner makes of tables that were empty when it last looked.

    /// <summary>The registrations $1 as they are: which cell they belong to, and what they add to its sums. Of which no race is known yet is in no list.</summary>
    private const string Now = """
        SELECT known.* FROM unnest($1::uuid[]) AS id, LATERAL (
          SELECT registration_id, race_id, coalesce(division_id, '00000000-0000-0000-0000-000000000000') AS division_id, status, coalesce(pay_status, '') AS pay_status,
            coalesce(delivery_status, '') AS delivery_status, top_size, bottom_size, checked_in_at IS NOT NULL AS checked_in,
            coalesce(amount, 0) AS amount, coalesce(refund_due, 0) AS refund_due, coalesce(refunded_amount, 0) AS refunded, registered_at
          FROM registrations WHERE registration_id = id AND race_id IS NOT NULL OFFSET 0) AS known
        """;

    private const string Cell = "race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in";

    /// <summary>That it is the cell of now.</summary>
    private const string IsNows = """
        cells.race_id = now.race_id AND cells.division_id = now.division_id AND cells.status = now.status AND cells.pay_status = now.pay_status
          AND cells.delivery_status = now.delivery_status AND cells.top_size = now.top_size AND cells.bottom_size = now.bottom_size AND cells.checked_in = now.checked_in
        """;

    private const string NewCells = $"""
        INSERT INTO cells ({Cell}) SELECT * FROM (SELECT DISTINCT {Cell} FROM ({Now}) AS now) AS now WHERE NOT EXISTS (SELECT FROM cells WHERE {IsNows} OFFSET 0)
        ON CONFLICT ({Cell}) DO NOTHING
        """;

    // All parts see the same rows, those before this statement.
    private const string Move = $"""
        WITH now AS MATERIALIZED ({Now}),
        known AS (
          SELECT now.registration_id, now.race_id, own.cell, now.amount, now.refund_due, now.refunded, told.accepted, told.delivered, told.failed, now.registered_at
          FROM now, LATERAL (SELECT cell FROM cells WHERE {IsNows} OFFSET 0) AS own, LATERAL (
            SELECT count(*) FILTER (WHERE status = 'ACCEPTED')::smallint AS accepted, count(*) FILTER (WHERE status = 'DELIVERED')::smallint AS delivered,
              count(*) FILTER (WHERE status = 'FAILED')::smallint AS failed
            FROM messages WHERE messages.registration_id = now.registration_id) AS told),
        moved AS (
          SELECT known.*, before.cell AS before_cell, before.amount AS before_amount, before.refund_due AS before_refund_due, before.refunded AS before_refunded,
            before.accepted AS before_accepted, before.delivered AS before_delivered, before.failed AS before_failed, before.registered_at AS before_registered_at
          FROM known LEFT JOIN LATERAL (SELECT * FROM listed WHERE listed.registration_id = known.registration_id OFFSET 0) AS before ON true
          WHERE (before.cell, before.amount, before.refund_due, before.refunded, before.accepted, before.delivered, before.failed, before.registered_at)
            IS DISTINCT FROM (known.cell, known.amount, known.refund_due, known.refunded, known.accepted, known.delivered, known.failed, known.registered_at)),
        written AS (
          INSERT INTO listed (registration_id, cell, amount, refund_due, refunded, accepted, delivered, failed, registered_at)
          SELECT registration_id, cell, amount, refund_due, refunded, accepted, delivered, failed, registered_at FROM moved
          ON CONFLICT (registration_id) DO UPDATE SET
            cell = excluded.cell, amount = excluded.amount, refund_due = excluded.refund_due, refunded = excluded.refunded,
            accepted = excluded.accepted, delivered = excluded.delivered, failed = excluded.failed, registered_at = excluded.registered_at),
        counted AS (
          UPDATE cells SET
            count = cells.count + part.count, amount = cells.amount + part.amount, refund_due = cells.refund_due + part.refund_due, refunded = cells.refunded + part.refunded,
            accepted = cells.accepted + part.accepted, delivered = cells.delivered + part.delivered, failed = cells.failed + part.failed, moved = pg_current_xact_id()
          FROM (
            SELECT cell, sum(n) AS count, sum(n * amount) AS amount, sum(n * refund_due) AS refund_due, sum(n * refunded) AS refunded,
              sum(n * accepted) AS accepted, sum(n * delivered) AS delivered, sum(n * failed) AS failed
            FROM (
              SELECT 1 AS n, cell, amount, refund_due, refunded, accepted, delivered, failed FROM moved
              UNION ALL SELECT -1, before_cell, before_amount, before_refund_due, before_refunded, before_accepted, before_delivered, before_failed FROM moved WHERE before_cell IS NOT NULL
            ) AS step GROUP BY cell) AS part
          WHERE cells.cell = part.cell)
        INSERT INTO arrivals AS known (race_id, grain, at, registered)
        SELECT line, grain, bin_in_korea(grain, registered_at), count(*)
        FROM moved, unnest(ARRAY[race_id, '00000000-0000-0000-0000-000000000000']) AS line, unnest(ARRAY[60, 3600, 86400]) AS grain
        WHERE registered_at IS NOT NULL AND before_registered_at IS NULL GROUP BY 1, 2, 3
        ON CONFLICT (race_id, grain, at) DO UPDATE SET registered = known.registered + excluded.registered
        """;

    private const string Name = """
        INSERT INTO searched (registration_id, race_id, name, phone)
        SELECT now.* FROM (
          SELECT registration_id, race_id, lower(normalize(coalesce(name, ''))) AS name, reverse(regexp_replace(coalesce(phone_no, ''), '\D', '', 'g')) AS phone
          FROM unnest($1::uuid[]) AS id, LATERAL (SELECT * FROM registrations WHERE registration_id = id AND race_id IS NOT NULL OFFSET 0) AS known) AS now
        LEFT JOIN LATERAL (SELECT * FROM searched WHERE searched.registration_id = now.registration_id OFFSET 0) AS before ON true WHERE (before.name, before.phone) IS DISTINCT FROM (now.name, now.phone)
        ON CONFLICT (registration_id) DO UPDATE SET name = excluded.name, phone = excluded.phone
        """;

    private const string Bib = """
        INSERT INTO bibs (bib, registration_id) SELECT bib, registration_id FROM unnest($1::uuid[]) AS id, LATERAL (SELECT * FROM registrations WHERE registration_id = id AND bib IS NOT NULL OFFSET 0) AS known
        ON CONFLICT DO NOTHING
        """;
}
