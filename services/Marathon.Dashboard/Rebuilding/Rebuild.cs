using System.Data;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Dashboard.Rebuilding;

/// <summary>
/// Makes the read model anew from everything that was ever told, when an organiser asks for it, while the one that is there is shown and kept up. In one replica, whichever
/// is first; where it dies another goes on. The new one takes the other's place once it has read as far, and knows everything that the other knows.
/// </summary>
internal sealed class Rebuild(
    NpgsqlDataSource database, SchemaSources sources, SecondReading reading, Outbox outbox, MessagingOptions options, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    private const int AdvisoryLock = 0x52454255; // "REBU"

    /// <summary>Of a stream of which more is missing, everything is asked for.</summary>
    private const int FewMissing = 1000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), AskAgain = TimeSpan.FromSeconds(30), LongestHold = TimeSpan.FromSeconds(2);

    /// <summary>When nothing has come for so long, nothing is on its way.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly ILogger logger = loggers.CreateLogger<Rebuild>();
    private long messages, since;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Poll).RunAsync(
        LookAsync, exception => logger.LogWarning("The rebuild goes on in a moment: {Reason}", Rounds.Reason(exception)), stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await using var lead = await database.OpenConnectionAsync(cancellationToken);
        if (await OpenAsync(lead, cancellationToken) is not { } id || await ScalarAsync(lead, $"SELECT pg_try_advisory_lock({AdvisoryLock})", cancellationToken) is not true) return;
        try
        {
            await LeadAsync(lead, id, cancellationToken);
        }
        finally
        {
            // A server that went away has let go of it.
            if (lead.State == ConnectionState.Open) await ScalarAsync(lead, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    /// <summary>Until it is done or cancelled. The connection has the lock: when it breaks, another replica may have begun.</summary>
    private async Task LeadAsync(NpgsqlConnection lead, long id, CancellationToken cancellationToken)
    {
        await BeginAsync(lead, id, cancellationToken);
        (messages, since) = (0, time.GetTimestamp());
        await using var next = sources.Of("next,public");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changes = new Changes();
        var read = reading.RunAsync(next, $"{options.Source}-rebuild-{id}", over.Token);
        using var digest = new Digest(next, changes, time, loggers.CreateLogger<Digest>());
        await digest.StartAsync(over.Token);
        try
        {
            while (await OpenAsync(lead, cancellationToken) == id && !await StepAsync(lead, id, digest, cancellationToken)) await Task.Delay(Poll, time, cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await digest.StopAsync(CancellationToken.None);
        }
        // What is left of one that was cancelled.
        await ScalarAsync(lead, "DROP SCHEMA IF EXISTS next CASCADE", CancellationToken.None);
    }

    /// <summary>Goes on with the tables that are there, if they are this rebuild's and of this version; else makes new ones.</summary>
    private async Task BeginAsync(NpgsqlConnection lead, long id, CancellationToken cancellationToken)
    {
        await using var transaction = await lead.BeginTransactionAsync(cancellationToken);
        if (await ScalarAsync(lead, $"SELECT 1 FROM rebuilds WHERE id = {id} AND scripts = (SELECT count(*) FROM schema_migrations) AND to_regnamespace('next') IS NOT NULL", cancellationToken) is null)
        {
            await NextTables.MakeAsync(lead, transaction, cancellationToken);
            await ScalarAsync(lead, $"UPDATE rebuilds SET started_at = now(), scripts = (SELECT count(*) FROM schema_migrations), messages = 0 WHERE id = {id}", cancellationToken);
            logger.LogInformation("Rebuild {Id} begins", id);
        }
        else logger.LogInformation("Rebuild {Id} goes on", id);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Looks how far it is; whether the new view has taken the other's place.</summary>
    private async Task<bool> StepAsync(NpgsqlConnection lead, long id, Digest digest, CancellationToken cancellationToken)
    {
        var read = (long)(await ScalarAsync(lead, $"""
            UPDATE rebuilds SET messages = coalesce((SELECT sum(next_offset) FROM next.consumer_positions), 0), of = coalesce((SELECT sum(next_offset) FROM public.consumer_positions), 0)
            WHERE id = {id} RETURNING messages
            """, cancellationToken) ?? 0L);
        if (read != messages) (messages, since) = (read, time.GetTimestamp());
        var isQuiet = time.GetElapsedTime(since) > Quiet;
        // From a partition whose messages the broker has all forgotten nothing will ever be read.
        var behind = await BehindAsync(lead, cancellationToken);
        if (behind.Any(partition => partition.HasBegun || !isQuiet)) return false;

        var shown = await ShownAsync(lead, cancellationToken);
        var missing = await MissingAsync(lead, cancellationToken);
        await ScalarAsync(lead, $"UPDATE rebuilds SET missing = {missing.Count} WHERE id = {id}", cancellationToken);
        if (missing.Count > 0)
        {
            if (isQuiet) await AskAsync(lead, id, missing, cancellationToken);
            return false;
        }
        // Of what has come meanwhile little is left to be digested while everybody waits.
        return await digest.DigestAsync(cancellationToken) == 0 && await SwitchAsync(lead, id, shown, digest, cancellationToken);
    }

    /// <summary>The partitions of which the view that is shown has read more.</summary>
    private static async Task<List<(string Topic, int Partition, bool HasBegun)>> BehindAsync(NpgsqlConnection lead, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand("""
            SELECT topic, partition, known.next_offset IS NOT NULL FROM public.consumer_positions AS shown LEFT JOIN next.consumer_positions AS known USING (topic, partition, cluster_id)
            WHERE known.next_offset IS NULL OR known.next_offset < shown.next_offset
            """, lead);
        var behind = new List<(string, int, bool)>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) behind.Add((rows.GetString(0), rows.GetInt32(1), rows.GetBoolean(2)));
        return behind;
    }

    /// <summary>How far the view that is shown has read.</summary>
    private static async Task<Dictionary<(string Topic, int Partition), long>> ShownAsync(NpgsqlConnection lead, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand("SELECT topic, partition, next_offset FROM public.consumer_positions", lead);
        var shown = new Dictionary<(string, int), long>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) shown[(rows.GetString(0), rows.GetInt32(1))] = rows.GetInt64(2);
        return shown;
    }

    /// <summary>Of which the view that is shown knows more: the broker has forgotten them, or they wait for what it has forgotten.</summary>
    private static async Task<List<(string Stream, Guid AggregateId)>> MissingAsync(NpgsqlConnection lead, CancellationToken cancellationToken)
    {
        await using var transaction = await lead.BeginTransactionAsync(cancellationToken);
        await using var select = new NpgsqlCommand($"""
            {PlannerSettings.Whole};
            SELECT stream, aggregate_id FROM public.inbox AS shown LEFT JOIN next.inbox AS known USING (stream, aggregate_id)
            WHERE stream <> '{EventCatalog.Stream(typeof(EventsMissed))}' AND (known.version IS NULL OR known.version < shown.version)
            """, lead, transaction) { CommandTimeout = 0 };
        var missing = new List<(string, Guid)>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) missing.Add((rows.GetString(0), rows.GetGuid(1)));
        return missing;
    }

    private async Task AskAsync(NpgsqlConnection lead, long id, List<(string Stream, Guid AggregateId)> missing, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(lead, $"SELECT 1 FROM rebuilds WHERE id = {id} AND asked_at > now() - interval '{AskAgain.TotalSeconds} s'", cancellationToken) is not null) return;
        await using var work = await outbox.BeginAsync(cancellationToken);
        foreach (var stream in missing.ToLookup(entry => entry.Stream, entry => entry.AggregateId))
        {
            logger.LogWarning("Of the {Stream} of {Count} aggregates the broker has not everything: whoever tells of them is asked", stream.Key, stream.Count());
            work.Publish(new EventsMissed { RequestId = Guid.CreateVersion7(), Teller = "", Stream = stream.Key, AggregateIds = stream.Count() > FewMissing ? null : [.. stream] }, version: 1);
        }
        await using var note = work.Command("UPDATE rebuilds SET asked_at = now() WHERE id = $1", id);
        await note.ExecuteNonQueryAsync(cancellationToken);
        await work.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// While nobody applies events to the view that is shown, the new one reads the last of what that has read, and is put in its place. Whoever was about to apply then finds
    /// the new tables, which know everything up to there and more, and reads on from where they are.
    /// </summary>
    private async Task<bool> SwitchAsync(
        NpgsqlConnection lead, long id, Dictionary<(string Topic, int Partition), long> known, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await NextTables.HoldAsync(connection, transaction, cancellationToken);
            var held = time.GetTimestamp();
            while (await IsBehindAsync())
            {
                if (time.GetElapsedTime(held) > LongestHold) return false;
                await Task.Delay(20, cancellationToken);
            }
            while (await digest.DigestAsync(cancellationToken) is not 0)
            {
                if (time.GetElapsedTime(held) > LongestHold) return false;
                await Task.Delay(20, cancellationToken);
            }
            // One that is under way would go on with the tables in their new places.
            if (!await Digest.TryHoldAsync(connection, cancellationToken)) return false;
            await NextTables.SwitchAsync(connection, transaction, cancellationToken);
            await ScalarAsync(connection, $"UPDATE rebuilds SET finished_at = now(), outcome = 'DONE' WHERE id = {id}", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            logger.LogInformation("Rebuild {Id} is done", id);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            logger.LogInformation("Rebuild {Id} is ready, and waits until the tables are free", id);
            return false;
        }

        // What was read of the others before is known: that was looked at.
        async Task<bool> IsBehindAsync()
        {
            var behind = await BehindAsync(lead, cancellationToken);
            if (behind.Count == 0) return false;
            var shown = await ShownAsync(lead, cancellationToken);
            return behind.Any(partition => known.GetValueOrDefault((partition.Topic, partition.Partition), -1) != shown[(partition.Topic, partition.Partition)]);
        }
    }

    private static async Task<long?> OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (long?)await ScalarAsync(connection, "SELECT id FROM rebuilds WHERE finished_at IS NULL", cancellationToken);

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
