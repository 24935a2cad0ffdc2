using System.Globalization;
using Marathon.ServiceDefaults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// The outbox's partitions, one a month: made before they are needed, dropped when the season is over and every event in them was sent. What no
/// month is there for goes to the default partition, so that a clock gone astray never stops a service from writing.
/// </summary>
internal sealed class OutboxMonths(NpgsqlDataSource database, MessagingOptions options, TimeProvider time, ILogger<OutboxMonths> logger) : BackgroundService
{
    private const string Prefix = "outbox_", MonthFormat = "yyyy_MM";
    private const int AdvisoryLockClass = 0x4D4F4E54; // "MONT"
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1), SoonAgain = TimeSpan.FromMinutes(1);

    /// <summary>Nothing is lost while they are not tended, but what goes to the default partition in place of a month stays there for good.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Daily) { RestAfterFailure = SoonAgain }.RunAsync(
        TendAsync, exception => logger.LogWarning("The outbox's months are tended in a minute: {Reason}", Rounds.Reason(exception)), stoppingToken);

    /// <summary>Makes this month and the next two, drops what the season has left behind. One replica at a time; for the others there is nothing to do.</summary>
    internal async Task TendAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var first = new DateOnly(now.Year, now.Month, 1);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var turn = new NpgsqlCommand("SELECT pg_try_advisory_lock($1, 0)", connection) { Parameters = { new() { Value = AdvisoryLockClass } } };
        if (await turn.ExecuteScalarAsync(cancellationToken) is not true) return;
        try
        {
            for (var ahead = 0; ahead <= 2; ahead++) await MakeAsync(first.AddMonths(ahead), cancellationToken);

            var kept = DateOnly.FromDateTime((now - options.Season).UtcDateTime);
            foreach (var month in await MonthsAsync(cancellationToken))
                if (month.AddMonths(1) <= kept) await DropAsync(month, cancellationToken);
        }
        finally
        {
            await using var over = new NpgsqlCommand("SELECT pg_advisory_unlock($1, 0)", connection) { Parameters = { new() { Value = AdvisoryLockClass } } };
            await over.ExecuteScalarAsync(CancellationToken.None);
        }
    }

    private async Task MakeAsync(DateOnly month, CancellationToken cancellationToken)
    {
        if ((await MonthsAsync(cancellationToken)).Contains(month)) return;
        try
        {
            await AlterAsync($"CREATE TABLE IF NOT EXISTS {Name(month)} PARTITION OF outbox FOR VALUES FROM ('{month:yyyy-MM-dd}Z') TO ('{month.AddMonths(1):yyyy-MM-dd}Z')", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.CheckViolation)
        {
            logger.LogInformation("Events of {Month} are in the outbox's default partition, and stay there", Name(month));
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster: IF NOT EXISTS looks before it locks.
        }
    }

    private async Task DropAsync(DateOnly month, CancellationToken cancellationToken)
    {
        await using (var unsent = database.CreateCommand($"""
            SELECT EXISTS (
              SELECT 1 FROM {Name(month)} AS event LEFT JOIN outbox_cursor AS cursor USING (shard)
              WHERE cursor.snap IS NULL OR NOT pg_visible_in_snapshot(event.xid, cursor.snap))
            """))
            if (await unsent.ExecuteScalarAsync(cancellationToken) is true)
            {
                logger.LogWarning("{Month} is older than the season, but has events that were never sent: it is kept", Name(month));
                return;
            }
        await AlterAsync($"DROP TABLE IF EXISTS {Name(month)}", cancellationToken);
        logger.LogInformation("{Month} is older than the season and was dropped", Name(month));
    }

    /// <summary>Waits a second at most for those who are writing: they would wait behind it.</summary>
    private async Task AlterAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var alter = new NpgsqlCommand($"SET LOCAL lock_timeout = '1s'; {sql}", connection, transaction);
        await alter.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<IReadOnlySet<DateOnly>> MonthsAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'outbox'::regclass
            """);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var months = new HashSet<DateOnly>();
        while (await rows.ReadAsync(cancellationToken))
            if (DateOnly.TryParseExact(rows.GetString(0), $"'{Prefix}'{MonthFormat}", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month)) months.Add(month);
        return months;
    }

    private static string Name(DateOnly month) => Prefix + month.ToString(MonthFormat, CultureInfo.InvariantCulture);
}
