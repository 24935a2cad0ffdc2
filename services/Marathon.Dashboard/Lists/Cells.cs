using System.Globalization;
using Npgsql;

namespace Marathon.Dashboard.Lists;

/// <summary>The cells of registrations that are meant by a query, and how many are in each.</summary>
/// <param name="Ids">None where everybody is meant: there are thousands.</param>
/// <param name="Everybody">Of the race that is meant, or of all.</param>
internal sealed record Cells(int[] Ids, long[] Counts, long Total, long Everybody, DateTimeOffset AsOf)
{
    /// <summary>Everybody is meant.</summary>
    public bool AreAll => Total == Everybody;

    /// <summary>Rows to be read when of each cell the first <paramref name="rows"/> are.</summary>
    public long Merged(long rows) => Counts.Sum(count => Math.Min(count, rows));

    public static async Task<Cells> FindAsync(NpgsqlConnection connection, RegistrationQuery query, CancellationToken cancellationToken)
    {
        var (values, conditions) = (new List<object>(), new List<string> { "count > 0" });
        Add("race_id = {0}", query.RaceId);
        var (ofRace, fewest) = (query.RaceId is null ? "" : "WHERE race_id = $1", conditions.Count);
        Add("division_id = {0}", query.DivisionId);
        Add("status = {0}", query.Status);
        Add("pay_status = {0}", query.PayStatus);
        Add("delivery_status = {0}", query.DeliveryStatus);
        Add("{0} IN (top_size, bottom_size)", query.Size);
        var isNarrowed = conditions.Count > fewest;
        await using var select = connection.Command($$"""
            SELECT at, everybody, coalesce(ids, '{}'), coalesce(counts, '{}')
            FROM digested, (SELECT coalesce(sum(count), 0)::bigint AS everybody FROM cells {{ofRace}}) AS all_of_them,
              (SELECT array_agg(cell) AS ids, array_agg(count) AS counts FROM cells WHERE {{(isNarrowed ? string.Join(" AND ", conditions) : "false")}}) AS meant
            """, [.. values]);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        var (asOf, everybody, ids, counts) = (rows.GetFieldValue<DateTimeOffset>(0), rows.GetInt64(1), rows.GetFieldValue<int[]>(2), rows.GetFieldValue<long[]>(3));
        var total = isNarrowed ? counts.Sum() : everybody;
        return new Cells(total == everybody ? [] : ids, counts, total, everybody, asOf);

        void Add(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, "$" + values.Count));
        }
    }
}
