using Marathon.Messaging;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Dashboard.Lists;

/// <summary>How a race stands, or all of them together.</summary>
/// <param name="Registrations">By status.</param>
/// <param name="Payments">By where the money is.</param>
/// <param name="Deliveries">By where the kits are.</param>
/// <param name="Messages">By what became of them.</param>
/// <param name="CheckedIn">Of those who are registered.</param>
/// <param name="Streams">How far each stream of events was heard.</param>
/// <param name="AsOf">Of the digest that it was read from.</param>
internal sealed record SummaryView(
    IReadOnlyList<RaceView> Races, IReadOnlyDictionary<string, long> Registrations, MoneyView Money, IReadOnlyDictionary<string, long> Payments,
    IReadOnlyDictionary<string, long> Deliveries, IReadOnlyDictionary<string, long> Messages, long CheckedIn, IReadOnlyList<SizeView> Sizes, TimelineView Timeline,
    IReadOnlyList<StreamView> Streams, DateTimeOffset AsOf);

/// <summary>How far a stream of events was heard.</summary>
/// <param name="ReadUntil">When the newest of its events that was applied was written.</param>
/// <param name="Behind">Messages that are there and not applied, as far as the replica that answers reads them.</param>
internal sealed record StreamView(string Stream, DateTimeOffset ReadUntil, long Behind);

/// <summary>In whole units of the races' currency.</summary>
/// <param name="Paid">Ever, whatever became of it.</param>
/// <param name="RefundDue">Of those who cancelled, to be paid back still.</param>
/// <param name="Refunded">Paid back.</param>
internal sealed record MoneyView(long Paid, long RefundDue, long Refunded);

/// <summary>What is there of a size, and how many want it.</summary>
/// <param name="Wanted">By those who are registered.</param>
internal sealed record SizeView(Guid RaceId, string Item, string Size, long Wanted, int Free, int Allocated, int Gone, int Scrapped);

/// <summary>When people came.</summary>
/// <param name="BucketSeconds">How long each point is.</param>
/// <param name="Points">From the first on; without those in which nobody came.</param>
internal sealed record TimelineView(int BucketSeconds, IReadOnlyList<TimelinePoint> Points);

/// <summary>Registered from <paramref name="At"/> on, until the next point may begin.</summary>
internal sealed record TimelinePoint(DateTimeOffset At, long Registered);

/// <summary>The sums over the cells.</summary>
internal sealed class Summary(NpgsqlDataSource database, RaceList races, MessagingStatus messaging)
{
    /// <summary>Points of a timeline that a picture has room for.</summary>
    private const int MostPoints = 120;

    /// <summary>How long a point may be, in seconds. They are put together from arrivals by the minute up to a quarter of an hour, by the hour up to six, and by the day.</summary>
    private static readonly int[] Buckets = [60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400];

    /// <param name="raceId">Null: all races.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SummaryView> ReadAsync(Guid? raceId, CancellationToken cancellationToken)
    {
        var all = await races.AllAsync(cancellationToken);
        var (ofRace, andRace) = raceId is null ? ("", "") : ("WHERE race_id = $1", "AND race_id = $1");
        await using var batch = database.CreateBatch();
        Add("SELECT at FROM digested", hasRace: false);
        Add($"""
            SELECT status, pay_status, delivery_status, sum(count)::bigint, sum(count) FILTER (WHERE checked_in AND status = 'REGISTERED')::bigint,
              sum(amount)::bigint, sum(refund_due)::bigint, sum(refunded)::bigint, sum(accepted)::bigint, sum(delivered)::bigint, sum(failed)::bigint
            FROM cells {ofRace} GROUP BY status, pay_status, delivery_status HAVING sum(count) > 0
            """);
        Add($"""
            SELECT race_id, item, size, coalesce(wanted, 0)::bigint, coalesce(free, 0), coalesce(allocated, 0), coalesce(gone, 0), coalesce(scrapped, 0)
            FROM (SELECT * FROM stock {ofRace}) AS stock
            FULL JOIN (
              SELECT race_id, item, size, sum(count) AS wanted FROM cells, LATERAL (VALUES ('TOP', top_size), ('BOTTOM', bottom_size)) AS part (item, size)
              WHERE status = 'REGISTERED' AND count > 0 {andRace} GROUP BY 1, 2, 3) AS wanted USING (race_id, item, size)
            ORDER BY race_id, item DESC, length(size), size
            """);
        Add($"""
            SELECT at, sum(registered)::bigint FROM arrivals
            WHERE grain = (
              SELECT CASE WHEN span < {MostPoints} * interval '15 min' THEN 60 WHEN span < {MostPoints} * interval '6 h' THEN 3600 ELSE 86400 END
              FROM (SELECT (SELECT max(at) FROM arrivals WHERE grain = 60 {andRace}) - (SELECT min(at) FROM arrivals WHERE grain = 60 {andRace}) AS span) AS all_of_them) {andRace}
            GROUP BY at ORDER BY at
            """);
        Add("SELECT topic, max(read_until) FROM consumer_positions WHERE isfinite(read_until) GROUP BY topic ORDER BY topic", hasRace: false);

        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        var asOf = rows.GetFieldValue<DateTimeOffset>(0);

        await rows.NextResultAsync(cancellationToken);
        var (registrations, payments, deliveries) = (new SortedDictionary<string, long>(), new SortedDictionary<string, long>(), new SortedDictionary<string, long>());
        var (checkedIn, paid, due, refunded, accepted, delivered, failed) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (status, payStatus, deliveryStatus, count) = (rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3));
            Count(registrations, status, count);
            Count(payments, payStatus, count);
            Count(deliveries, deliveryStatus, count);
            checkedIn += rows.Value<long>(4) ?? 0;
            if (payStatus is "COMPLETED" or "REFUND_DUE" or "REFUNDED") paid += rows.GetInt64(5);
            if (payStatus is "REFUND_DUE") due += rows.GetInt64(6);
            refunded += rows.GetInt64(7);
            (accepted, delivered, failed) = (accepted + rows.GetInt64(8), delivered + rows.GetInt64(9), failed + rows.GetInt64(10));
        }

        await rows.NextResultAsync(cancellationToken);
        var sizes = new List<SizeView>();
        while (await rows.ReadAsync(cancellationToken))
            sizes.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3), rows.GetInt32(4), rows.GetInt32(5), rows.GetInt32(6), rows.GetInt32(7)));

        await rows.NextResultAsync(cancellationToken);
        var arrivals = new List<TimelinePoint>();
        while (await rows.ReadAsync(cancellationToken)) arrivals.Add(new(rows.GetFieldValue<DateTimeOffset>(0), rows.GetInt64(1)));

        await rows.NextResultAsync(cancellationToken);
        var streams = new List<StreamView>();
        while (await rows.ReadAsync(cancellationToken))
        {
            var stream = EventCatalog.StreamOfTopic(rows.GetString(0));
            streams.Add(new(stream, rows.GetFieldValue<DateTimeOffset>(1), messaging.Behind.GetValueOrDefault(stream)));
        }

        var messages = new SortedDictionary<string, long>();
        Count(messages, "ACCEPTED", accepted);
        Count(messages, "DELIVERED", delivered);
        Count(messages, "FAILED", failed);
        return new SummaryView(
            [.. all.Where(race => raceId is null || race.RaceId == raceId)], registrations, new MoneyView(paid, due, refunded), payments, deliveries, messages, checkedIn, sizes, Timeline(arrivals), streams, asOf);

        void Add(string sql, bool hasRace = true)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (raceId is { } id && hasRace) command.Parameters.Add(new() { Value = id, NpgsqlDbType = NpgsqlDbType.Uuid });
            batch.BatchCommands.Add(command);
        }

        static void Count(SortedDictionary<string, long> counts, string key, long more)
        {
            if (key is not "" && more != 0) counts[key] = counts.GetValueOrDefault(key) + more;
        }
    }

    private static TimelineView Timeline(List<TimelinePoint> arrivals)
    {
        if (arrivals.Count == 0) return new(Buckets[0], []);
        var whole = (arrivals[^1].At - arrivals[0].At).TotalSeconds;
        var bucket = Buckets.FirstOrDefault(seconds => whole / seconds < MostPoints, Buckets[^1]);
        return new(bucket, [.. arrivals.GroupBy(point => point.At.ToUnixTimeSeconds() / bucket).Select(points =>
            new TimelinePoint(DateTimeOffset.FromUnixTimeSeconds(points.Key * bucket), points.Sum(point => point.Registered)))]);
    }
}
