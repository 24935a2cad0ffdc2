using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>Reading by what people look for.</summary>
public static class Searching
{
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
