using System.Globalization;
using Npgsql;

namespace Marathon.Dashboard.Lists;

/// <summary>The cells of registrations that are meant by a query, and how many are in each.</summary>
internal sealed record Cells(int[] Ids, IReadOnlyList<long> Counts, DateTimeOffset AsOf)
{
    public long Total { get; } = Counts.Sum();

    /// <summary>Rows to be read when of each cell the first <paramref name="rows"/> are.</summary>
    public long Merged(long rows) => Counts.Sum(count => Math.Min(count, rows));

    public static async Task<Cells> FindAsync(NpgsqlConnection connection, RegistrationQuery query, CancellationToken cancellationToken)
    {
        var (values, conditions) = (new List<object>(), new List<string> { "count > 0" });
        Add("race_id = {0}", query.RaceId);
        Add("division_id = {0}", query.DivisionId);
        Add("status = {0}", query.Status);
        Add("pay_status = {0}", query.PayStatus);
        Add("delivery_status = {0}", query.DeliveryStatus);
        Add("{0} IN (top_size, bottom_size)", query.Size);
        await using var select = connection.Command($"SELECT at, cell, count FROM digested LEFT JOIN cells ON {string.Join(" AND ", conditions)}", [.. values]);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var (ids, counts, asOf) = (new List<int>(), new List<long>(), DateTimeOffset.MinValue);
        while (await rows.ReadAsync(cancellationToken))
        {
            asOf = rows.GetFieldValue<DateTimeOffset>(0);
            if (rows.IsDBNull(1)) continue;
            ids.Add(rows.GetInt32(1));
            counts.Add(rows.GetInt64(2));
        }
        return new Cells([.. ids], counts, asOf);

        void Add(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, "$" + values.Count));
        }
    }
}
