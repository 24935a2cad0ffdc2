using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>Reading and passing columns.</summary>
internal static class Rows
{
    public static async Task<IReadOnlyList<Guid>> IdsAsync(this NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) ids.Add(rows.GetGuid(0));
        return ids;
    }

    public static string? TextOrNull(this NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    public static DateTimeOffset? InstantOrNull(this NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetFieldValue<DateTimeOffset>(column);

    /// <summary>Texts that may be missing.</summary>
    public static NpgsqlParameter Texts(IEnumerable<string?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>Ids that may be missing.</summary>
    public static NpgsqlParameter Ids(IEnumerable<Guid?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    /// <summary>A value that may be missing.</summary>
    public static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
