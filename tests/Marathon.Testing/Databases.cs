using Npgsql;

namespace Marathon.Testing;

/// <summary>Looking into, and meddling with, a service's database.</summary>
public static class Databases
{
    /// <summary>The first column of every row, as text. Parameters are <c>$1, $2 …</c>.</summary>
    public static async Task<IReadOnlyList<string>> RowsAsync(this NpgsqlDataSource database, string sql, params object[] parameters)
    {
        await using var select = database.CreateCommand(sql);
        foreach (var parameter in parameters) select.Parameters.Add(new() { Value = parameter });
        await using var rows = await select.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(Convert.ToString(rows.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        return found;
    }

    /// <summary>Writes; returns how many rows.</summary>
    public static async Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// The tables in which any of <paramref name="texts"/> is found, in whatever column, with the text: every column of every table is read as text, bytes as UTF-8.
    /// Texts must be free of quotes and backslashes.
    /// </summary>
    public static async Task<IReadOnlyList<string>> TablesWithAsync(this NpgsqlDataSource database, params string[] texts)
    {
        var found = new List<string>();
        foreach (var table in await database.RowsAsync("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"))
        {
            var bytes = await database.RowsAsync("SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND atttypid = 'bytea'::regtype AND NOT attisdropped", table);
            foreach (var text in texts)
            {
                var inBytes = string.Concat(bytes.Select(column => $" OR position(convert_to($1, 'UTF8') IN known.{column}) > 0"));
                if ((await database.RowsAsync($"SELECT 1 FROM {table} AS known WHERE position($1 IN known::text) > 0{inBytes} LIMIT 1", text)).Count > 0) found.Add($"{table}: {text}");
            }
        }
        return found;
    }

    /// <summary>What the service told of an aggregate, in the order of the outbox: <c>1 payment-completed</c>.</summary>
    public static Task<IReadOnlyList<string>> ToldAsync(this NpgsqlDataSource database, Guid aggregateId) =>
        database.RowsAsync("SELECT version || ' ' || split_part(type, '.', 3) FROM outbox WHERE aggregate_id = $1 ORDER BY seq", aggregateId);

    /// <summary>Waits until the service has applied the <paramref name="version"/>th event of each aggregate in <paramref name="stream"/>, and thus everything before it.</summary>
    public static Task AppliedAsync(this NpgsqlDataSource database, string stream, int version, params Guid[] aggregateIds) => Eventually.TrueAsync(
        async () => await database.RowsAsync("SELECT count(*) FROM inbox WHERE stream = $1 AND aggregate_id = ANY ($2) AND version >= $3", stream, aggregateIds, version)
            is [var count] && count == $"{aggregateIds.Distinct().Count()}",
        because: $"{stream} were not applied up to version {version}");
}
