using System.Globalization;
using Npgsql;

namespace Marathon.Dashboard.Lists;

/// <summary>The cells of registrations that are meant by a query, and how many are in each.</summary>
/// <param name="Everybody">Of the race that is meant, or of all.</param>
internal sealed record Cells(int[] Ids, IReadOnlyList<long> Counts, long Everybody, DateTimeOffset AsOf)
{
    /// <summary>Everybody is meant.</summary>
    public bool AreAll => Total == Everybody;

    /// <summary>Those that a row is looked up in: none where everybody is meant.</summary>
    public int[] Narrowing => AreAll ? [] : Ids;

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
        var everybody = query.RaceId is null ? "" : "WHERE race_id = $1";
        await using var select = connection.Command($"""
            SELECT at, everybody, cell, count FROM digested CROSS JOIN (SELECT coalesce(sum(count), 0)::bigint AS everybody FROM cells {everybody}) AS all_of_them
            LEFT JOIN cells ON {string.Join(" AND ", conditions)}
            """, [.. values]);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var (ids, counts, all, asOf) = (new List<int>(), new List<long>(), 0L, DateTimeOffset.MinValue);
        while (await rows.ReadAsync(cancellationToken))
        {
            (asOf, all) = (rows.GetFieldValue<DateTimeOffset>(0), rows.GetInt64(1));
            if (rows.IsDBNull(2)) continue;
            ids.Add(rows.GetInt32(2));
            counts.Add(rows.GetInt64(3));
        }
        return new Cells([.. ids], counts, all, asOf);

        void Add(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, "$" + values.Count));
        }
    }
}
