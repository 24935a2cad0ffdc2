using Npgsql;
using NpgsqlTypes;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>Reading columns, and passing values, that may be missing.</summary>
public static class Rows
{
    /// <summary>Null where the column is.</summary>
    public static T? ValueOrNull<T>(this NpgsqlDataReader rows, int column) where T : struct => rows.IsDBNull(column) ? null : rows.GetFieldValue<T>(column);

    /// <summary>The same of a text.</summary>
    public static string? TextOrNull(this NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    /// <summary>All of a column of ids, the first.</summary>
    public static async Task<List<Guid>> IdsAsync(this NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) ids.Add(rows.GetGuid(0));
        return ids;
    }

    /// <summary>A value that may be missing: nobody sees of what type it would be. An array says so itself, whatever is missing in it.</summary>
    public static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
