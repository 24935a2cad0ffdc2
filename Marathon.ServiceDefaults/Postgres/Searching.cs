using Marathon.ServiceDefaults.Http;
using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>Reading by what people look for.</summary>
public static class Searching
{
    /// <summary>
    /// A page of <paramref name="columns"/> of <paramref name="chosen"/> (FROM … WHERE …, whose parameters are $1 …), in an order. The total is a statement of its own: a page behind the
    /// last has one, too.
    /// </summary>
    public static async Task<PageOf<T>> PageAsync<T>(
        this NpgsqlDataSource database, string columns, string chosen, string order, IReadOnlyList<NpgsqlParameter> parameters, PageQuery page, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var items = new NpgsqlBatchCommand($"SELECT {columns} {chosen} ORDER BY {order} LIMIT ${parameters.Count + 1} OFFSET ${parameters.Count + 2}");
        foreach (var parameter in parameters) items.Parameters.Add(parameter.Clone());
        items.Parameters.Add(new() { Value = page.Size });
        items.Parameters.Add(new() { Value = page.Offset });
        var total = new NpgsqlBatchCommand($"SELECT count(*) {chosen}");
        foreach (var parameter in parameters) total.Parameters.Add(parameter.Clone());
        batch.BatchCommands.Add(items);
        batch.BatchCommands.Add(total);

        var found = new List<T>();
        await using var rows = await batch.ExecuteSearchAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) found.Add(read(rows));
        await rows.NextResultAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        return page.Of(found, rows.GetInt64(0));
    }

    /// <summary>
    /// Runs the batch with each statement planned for the values it is asked with: a condition that is left out, or one that nearly every row meets, asks for another
    /// way than one that finds a few. The reader stands at the first statement's rows.
    /// </summary>
    public static async Task<NpgsqlDataReader> ExecuteSearchAsync(this NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        // For this batch alone: sent together, it is one transaction.
        batch.BatchCommands.Insert(0, new NpgsqlBatchCommand("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"));
        var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        return rows;
    }
}
