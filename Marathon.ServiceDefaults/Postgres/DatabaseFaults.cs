using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>What to make of an exception that came from the database.</summary>
public static class DatabaseFaults
{
    /// <summary>Idle in a transaction for longer than <see cref="Microsoft.Extensions.Hosting.DatabaseExtensions"/> allows, as one that was frozen and goes on. Npgsql has no name for it.</summary>
    private const string IdleInTransaction = "25P03";

    /// <summary>
    /// Whether the same may succeed in a moment: the database was away, or starting, or busy, or others were in the way. Not: what it has against the statement, or a
    /// mistake of ours.
    /// </summary>
    public static bool WillPass(Exception exception) => exception switch
    {
        TimeoutException => true,
        // The server ends, or one of its processes has crashed and it ends all others: Npgsql does not count them as passing.
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransaction,
        // Two commands at once on one connection: ours.
        NpgsqlOperationInProgressException => false,
        // Of the connection, not of what was asked.
        NpgsqlException => true,
        // EF Core wraps what may pass, to say that one might try again.
        InvalidOperationException { InnerException: { } inner } when inner is TimeoutException or NpgsqlException => WillPass(inner),
        _ => false,
    };
}
