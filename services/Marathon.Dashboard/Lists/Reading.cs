using Npgsql;
using NpgsqlTypes;

namespace Marathon.Dashboard.Lists;

internal static class Reading
{
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(Parameter(parameter));
        return command;
    }

    public static NpgsqlParameter Parameter(object value) => value as NpgsqlParameter ?? new NpgsqlParameter { Value = value };

    /// <summary>A value that may be missing.</summary>
    public static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    public static async Task<List<Guid>> IdsAsync(this NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        await using (select)
        await using (var rows = await select.ExecuteReaderAsync(cancellationToken))
            while (await rows.ReadAsync(cancellationToken)) ids.Add(rows.GetGuid(0));
        return ids;
    }

    /// <summary>Null where the column is.</summary>
    public static T? Value<T>(this NpgsqlDataReader rows, int column) where T : struct => rows.IsDBNull(column) ? null : rows.GetFieldValue<T>(column);

    public static string? Text(this NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
}
