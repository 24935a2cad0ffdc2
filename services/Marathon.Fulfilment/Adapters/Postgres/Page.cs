using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>A page of a list, and how many there are in all.</summary>
public sealed record Page<T>(long Total, IReadOnlyList<T> Items);

/// <summary>Reading lists for people.</summary>
internal static class Paging
{
    /// <summary>A page of <paramref name="columns"/> of <paramref name="chosen"/> (FROM … WHERE …, whose parameters are $1 …), in an order; and the total, also of a page behind the last.</summary>
    public static async Task<Page<T>> PageAsync<T>(
        this NpgsqlDataSource database, string columns, string chosen, string order, NpgsqlParameter[] parameters, int page, int size, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var items = new NpgsqlBatchCommand($"SELECT {columns} {chosen} ORDER BY {order} LIMIT ${parameters.Length + 1} OFFSET ${parameters.Length + 2}");
        foreach (var parameter in parameters) items.Parameters.Add(parameter.Clone());
        items.Parameters.Add(new() { Value = size });
        items.Parameters.Add(new() { Value = (long)(page - 1) * size });
        var total = new NpgsqlBatchCommand($"SELECT count(*) {chosen}");
        foreach (var parameter in parameters) total.Parameters.Add(parameter.Clone());
        batch.BatchCommands.Add(items);
        batch.BatchCommands.Add(total);

        var found = new List<T>();
        await using var rows = await batch.ExecuteSearchAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) found.Add(read(rows));
        await rows.NextResultAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        return new Page<T>(rows.GetInt64(0), found);
    }
}
