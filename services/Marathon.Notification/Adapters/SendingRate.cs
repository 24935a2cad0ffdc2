using Marathon.Messaging;
using Marathon.Notification.Application;
using Npgsql;

namespace Marathon.Notification.Adapters;

/// <summary>
/// How much the provider takes: one row, of all dispatchers. With a rate it is a bucket of tokens that holds those of a second and that leases take turns to spend;
/// while the provider is away, nobody leases.
/// </summary>
internal static class SendingRate
{
    /// <summary>How many messages may be leased now. Shares the lock that an erasure has alone; with a rate, others wait for the end of the transaction.</summary>
    public static async Task<int> AllowedAsync(UnitOfWork work, LeaseTerms terms, CancellationToken cancellationToken)
    {
        await using (var share = work.Command("SELECT pg_advisory_xact_lock_shared($1)", Messages.LeaseLock)) await share.ExecuteNonQueryAsync(cancellationToken);
        if (terms.Rate is not { } rate)
        {
            await using var look = work.Command("SELECT count(*) FROM pace WHERE paused_until > now()");
            return (long)(await look.ExecuteScalarAsync(cancellationToken))! > 0 ? 0 : terms.Most;
        }
        // The time that the lock was waited for counts, too: not now(), which is when the transaction began.
        await using var fill = work.Command("""
            UPDATE pace SET tokens = least(greatest($1, 1), tokens + $1 * greatest(extract(epoch FROM clock_timestamp() - filled_at), 0)), filled_at = clock_timestamp()
            RETURNING CASE WHEN paused_until > clock_timestamp() THEN 0 ELSE floor(tokens)::int END
            """, rate);
        return Math.Min((int)(await fill.ExecuteScalarAsync(cancellationToken))!, terms.Most);
    }

    /// <summary>Takes tokens for what is leased.</summary>
    public static async Task SpendAsync(UnitOfWork work, int messages, CancellationToken cancellationToken)
    {
        await using var spend = work.Command("UPDATE pace SET tokens = tokens - $1", messages);
        await spend.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Each further failure in a row pauses twice as long.</summary>
    public static async Task PauseAsync(NpgsqlDataSource database, TimeSpan shortest, TimeSpan longest, CancellationToken cancellationToken)
    {
        await using var pause = database.CreateCommand("UPDATE pace SET failures = failures + 1, paused_until = greatest(paused_until, now() + least($2, $1 * power(2, least(failures, 30))))");
        pause.Parameters.Add(new() { Value = shortest });
        pause.Parameters.Add(new() { Value = longest });
        await pause.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The provider is there again.</summary>
    public static async Task ResumeAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var resume = database.CreateCommand("UPDATE pace SET failures = 0, paused_until = NULL WHERE failures > 0");
        await resume.ExecuteNonQueryAsync(cancellationToken);
    }
}
