using System.Data;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>The <c>Migrations/NNNN_*.sql</c> embedded in an assembly, in order of their names.</summary>
public sealed record MigrationSet(Assembly Assembly)
{
    internal string Name => Assembly.GetName().Name!;

    internal IEnumerable<(string Name, string Sql)> Scripts() =>
        from resource in Assembly.GetManifestResourceNames()
        where resource.Contains(".Migrations.", StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal)
        orderby resource
        select (resource[(resource.IndexOf(".Migrations.", StringComparison.Ordinal) + ".Migrations.".Length)..], Read(resource));

    private string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>
/// Brings the database up to date before the service answers: replicas take turns by an advisory lock, each script runs once in a
/// transaction of its own, and a script that was changed after it was applied is an error, since it would mean two different databases.
/// </summary>
public sealed class Migrator(NpgsqlDataSource database, IEnumerable<MigrationSet> sets, ILogger<Migrator> logger) : IHostedService
{
    private const long AdvisoryLock = 0x4D415241_54484F4E; // "MARATHON"
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        try
        {
            await ExecuteAsync(connection, """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                  set_name text NOT NULL, script text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
                  PRIMARY KEY (set_name, script))
                """, cancellationToken);
            foreach (var set in sets)
                foreach (var (script, sql) in set.Scripts())
                    await ApplyAsync(connection, set.Name, script, sql, cancellationToken);
        }
        finally
        {
            // A server that went away meanwhile has let go of it, and what it failed at is told.
            if (connection.State == ConnectionState.Open) await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ApplyAsync(NpgsqlConnection connection, string set, string script, string sql, CancellationToken cancellationToken)
    {
        var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n"))));
        await using var find = new NpgsqlCommand("SELECT checksum FROM schema_migrations WHERE set_name = $1 AND script = $2", connection)
        {
            Parameters = { new() { Value = set }, new() { Value = script } },
        };
        if (await find.ExecuteScalarAsync(cancellationToken) is string applied)
        {
            if (applied != checksum)
                throw new InvalidOperationException($"{set}/{script} was changed after it was applied. Restore it and write a new migration.");
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // What rewrites a table of a million rows takes as long as it takes, and not by key.
        await ExecuteAsync(connection, PlannerSettings.Whole, cancellationToken);
        await ExecuteAsync(connection, sql, cancellationToken);
        await using var note = new NpgsqlCommand("INSERT INTO schema_migrations (set_name, script, checksum) VALUES ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = set }, new() { Value = script }, new() { Value = checksum } },
        };
        await note.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        logger.LogInformation("Applied migration {Set}/{Script}", set, script);
    }

    /// <summary>The database may still be starting: in a restart of everything nobody is first.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        while (true)
        {
            try { return await database.OpenConnectionAsync(deadline.Token); }
            catch (Exception exception) when (DatabaseFaults.WillPass(exception))
            {
                logger.LogWarning("The database does not answer yet: {Reason}", exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), deadline.Token);
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
