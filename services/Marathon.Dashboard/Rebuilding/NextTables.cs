using Npgsql;

namespace Marathon.Dashboard.Rebuilding;

/// <summary>
/// The tables that are made from events, and what was read of them: a set of them that is shown, in the schema <c>public</c>, and while it is rebuilt another in <c>next</c>,
/// found first by those whose search path says so. The one takes the other's place in one transaction.
/// </summary>
internal static class NextTables
{
    /// <summary>The first is locked first, by whoever applies events: whoever waits for it holds nothing else.</summary>
    private static readonly string[] Names =
    [
        "inbox", "parked_events", "consumer_positions", "registrations", "messages", "races", "divisions", "stock", "changed", "digested", "cells", "listed", "arrivals", "searched", "bibs",
    ];

    /// <summary>Less than the server takes to look for deadlocks: this gives way to everybody.</summary>
    private const string Patience = "SET LOCAL lock_timeout = '600ms'";

    /// <summary>Indexes are copied under names of their own, and a migration yet to come knows them by those that they replace. A constraint is renamed with its index.</summary>
    private const string SameNames = """
        DO $$
        DECLARE rename text;
        BEGIN
          FOR rename IN
            WITH indexes AS (
              SELECT tables.relnamespace, tables.relname AS of, indexes.relname AS name, indisunique, made, row_number() OVER (PARTITION BY indrelid, indisunique, made ORDER BY indexes.relname) AS nth
              FROM pg_index JOIN pg_class AS tables ON tables.oid = indrelid JOIN pg_class AS indexes ON indexes.oid = indexrelid, substring(pg_get_indexdef(indexrelid) FROM ' USING .*') AS made
              WHERE tables.relnamespace IN ('public'::regnamespace, 'next'::regnamespace))
            SELECT format('ALTER INDEX next.%I RENAME TO %I', copied.name, shown.name)
            FROM indexes AS shown JOIN indexes AS copied USING (of, indisunique, made, nth)
            WHERE shown.relnamespace = 'public'::regnamespace AND copied.relnamespace = 'next'::regnamespace AND copied.name <> shown.name
          LOOP
            EXECUTE rename;
          END LOOP;
        END $$
        """;

    /// <summary>Makes empty tables like those that are shown.</summary>
    public static async Task MakeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await ExecuteAsync("DROP SCHEMA IF EXISTS next CASCADE; CREATE SCHEMA next");
        foreach (var name in Names)
        {
            await ExecuteAsync($"CREATE TABLE next.{name} (LIKE public.{name} INCLUDING ALL)");
            await using var options = new NpgsqlCommand($"SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = 'public.{name}'::regclass", connection, transaction);
            if (await options.ExecuteScalarAsync(cancellationToken) is string { Length: > 0 } set) await ExecuteAsync($"ALTER TABLE next.{name} SET ({set})");
        }
        await ExecuteAsync(SameNames);
        await ExecuteAsync("INSERT INTO next.digested VALUES ('1:1:', now())");

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Has whoever applies events to the tables that are shown wait, until the transaction ends. Throws when that cannot be had at once.</summary>
    public static async Task HoldAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var hold = new NpgsqlCommand($"{Patience}; LOCK TABLE public.{Names[0]} IN ACCESS EXCLUSIVE MODE", connection, transaction);
        await hold.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts the new tables in the place of those that are shown, which are gone then. Throws when somebody has been reading for long.</summary>
    public static async Task SwitchAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var drop = string.Join(", ", Names.Select(name => "public." + name));
        await using var change = new NpgsqlCommand(
            $"LOCK TABLE {drop} IN ACCESS EXCLUSIVE MODE; DROP TABLE {drop}; {string.Concat(Names.Select(name => $"ALTER TABLE next.{name} SET SCHEMA public; "))}DROP SCHEMA next", connection, transaction);
        await change.ExecuteNonQueryAsync(cancellationToken);
    }
}
