using System.Collections.Concurrent;
using System.Data;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Values;
using Npgsql;

namespace Marathon.Dashboard.Lists;

/// <summary>How a race stands, or all of them together.</summary>
/// <param name="Registrations">By status.</param>
/// <param name="Money">By currency.</param>
/// <param name="Payments">By where the money is.</param>
/// <param name="Deliveries">By where the kits are.</param>
/// <param name="Messages">By what became of them.</param>
/// <param name="CheckedIn">Of those who are registered.</param>
/// <param name="Streams">How far each stream of events was heard.</param>
/// <param name="AsOf">Of the digest that it was read from.</param>
internal sealed record SummaryView(
    IReadOnlyList<RaceView> Races, IReadOnlyDictionary<string, long> Registrations, IReadOnlyList<MoneyView> Money, IReadOnlyDictionary<string, long> Payments,
    IReadOnlyDictionary<string, long> Deliveries, IReadOnlyDictionary<string, long> Messages, long CheckedIn, IReadOnlyList<SizeView> Sizes, TimelineView Timeline,
    IReadOnlyList<StreamView> Streams, DateTimeOffset AsOf);

/// <summary>How far a stream of events was heard.</summary>
/// <param name="ReadUntil">When the newest of its events that was applied was written.</param>
/// <param name="Behind">Messages that are there and not applied, as far as the replica that answers reads them.</param>
internal sealed record StreamView(string Stream, DateTimeOffset ReadUntil, long Behind);

/// <summary>Of the races of one currency, in whole units of it.</summary>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Paid">Ever, whatever became of it.</param>
/// <param name="RefundDue">Of those who cancelled, to be paid back still.</param>
/// <param name="Refunded">Paid back.</param>
internal sealed record MoneyView(string Currency, long Paid, long RefundDue, long Refunded);

/// <summary>What is there of a size, and how many want it.</summary>
/// <param name="Wanted">By those who are registered.</param>
internal sealed record SizeView(Guid RaceId, string Item, string Size, long Wanted, int Free, int Allocated, int Gone, int Scrapped);

/// <summary>When people came.</summary>
/// <param name="BucketSeconds">How long each point is.</param>
/// <param name="Points">From the first on; without those in which nobody came.</param>
internal sealed record TimelineView(int BucketSeconds, IReadOnlyList<TimelinePoint> Points);

/// <summary>Registered from <paramref name="At"/> on, until the next point may begin.</summary>
internal sealed record TimelinePoint(DateTimeOffset At, long Registered);

/// <summary>The sums over the cells: what is read of a digest is kept until the next one, for however many look at it.</summary>
internal sealed class Summary(NpgsqlDataSource database, CellList cells, MessagingStatus messaging) : IDisposable
{
    /// <summary>Points of a timeline that a picture has room for.</summary>
    private const int MostPoints = 120;

    /// <summary>How long a point may be, in seconds. They are put together from arrivals by the minute up to a quarter of an hour, by the hour up to six, and by the day.</summary>
    private static readonly int[] Buckets = [60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400];

    /// <summary>Days and weeks begin as in Korea: with one of them, as <c>bin_in_korea</c>.</summary>
    private static readonly DateTimeOffset Monday = new(1969, 12, 29, 0, 0, 0, Korea.Offset);

    /// <summary>Of a race that has not been heard of yet.</summary>
    private const string Usual = "KRW";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim reading = new(1);

    /// <summary>By race; all zeros: of all.</summary>
    private readonly ConcurrentDictionary<Guid, (Digested Digest, SummaryView View)> kept = [];

    /// <param name="raceId">Null: all races.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SummaryView> ReadAsync(Guid? raceId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (digest, streams) = await AsOfAsync(connection, cancellationToken);
        if (Known() is { } known) return known with { Streams = streams };
        // One reads for all who wait.
        if (!await reading.WaitAsync(Patience, cancellationToken)) throw new TimeoutException("The sums are not read in time.");
        try
        {
            if (Known() is { } meanwhile) return meanwhile with { Streams = streams };
            var view = await SumAsync(connection, await cells.ReadAsync(connection, digest, cancellationToken), raceId, streams, cancellationToken);
            // Of races that are; not of whatever is asked for.
            if (raceId is null || view.Races.Count > 0) kept[raceId ?? default] = (digest, view);
            return view;
        }
        finally
        {
            reading.Release();
        }

        SummaryView? Known() => kept.TryGetValue(raceId ?? default, out var found) && found.Digest == digest ? found.View : null;
    }

    public void Dispose() => reading.Dispose();

    private async Task<(Digested Digest, IReadOnlyList<StreamView> Streams)> AsOfAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new(Digested.Select));
        batch.BatchCommands.Add(new("SELECT topic, max(read_until) FROM consumer_positions WHERE isfinite(read_until) GROUP BY topic ORDER BY topic"));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        var digest = Digested.Read(rows);
        await rows.NextResultAsync(cancellationToken);
        var streams = new List<StreamView>();
        while (await rows.ReadAsync(cancellationToken))
        {
            var stream = EventCatalog.StreamOfTopic(rows.GetString(0));
            streams.Add(new(stream, rows.GetFieldValue<DateTimeOffset>(1), messaging.Behind.GetValueOrDefault(stream)));
        }
        return (digest, streams);
    }

    private static async Task<SummaryView> SumAsync(NpgsqlConnection connection, CellsOf all, Guid? raceId, IReadOnlyList<StreamView> streams, CancellationToken cancellationToken)
    {
        var races = await RaceList.ReadAsync(connection, all, cancellationToken);
        await using var batch = connection.CreateBatch();
        Add($"SELECT race_id, item, size, free, allocated, gone, scrapped FROM stock {(raceId is null ? "" : "WHERE race_id = $1")}", raceId);
        // Those of all races have a line of their own, of the race of all zeros.
        Add($"""
            SELECT at, registered FROM arrivals
            WHERE race_id = $1 AND grain = (
              SELECT CASE WHEN span < {MostPoints} * interval '15 min' THEN 60 WHEN span < {MostPoints} * interval '6 h' THEN 3600 ELSE 86400 END
              FROM (SELECT (SELECT max(at) FROM arrivals WHERE race_id = $1 AND grain = 60) - (SELECT min(at) FROM arrivals WHERE race_id = $1 AND grain = 60) AS span) AS all_of_them)
            ORDER BY at
            """, raceId ?? default);
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);

        var (registrations, payments, deliveries, messages) = (new Dictionary<string, long>(), new Dictionary<string, long>(), new Dictionary<string, long>(), new Dictionary<string, long>());
        var checkedIn = 0L;
        var currencies = races.ToDictionary(race => race.RaceId, race => race.Currency);
        var money = new SortedDictionary<string, MoneyView>(StringComparer.Ordinal);
        var sizes = new Dictionary<(Guid RaceId, string Item, string Size), SizeView>();
        foreach (var cell in all.ById.Values.Where(cell => cell.Count > 0 && (raceId is null || cell.RaceId == raceId)))
        {
            Count(registrations, cell.Status, cell.Count);
            Count(payments, cell.PayStatus, cell.Count);
            Count(deliveries, cell.DeliveryStatus, cell.Count);
            Count(messages, "ACCEPTED", cell.Accepted);
            Count(messages, "DELIVERED", cell.Delivered);
            Count(messages, "FAILED", cell.Failed);
            var currency = currencies.GetValueOrDefault(cell.RaceId, Usual);
            var known = money.GetValueOrDefault(currency) ?? new(currency, 0, 0, 0);
            money[currency] = new(currency,
                known.Paid + (cell.PayStatus is "COMPLETED" or "REFUND_DUE" or "REFUNDED" ? cell.Amount : 0), known.RefundDue + (cell.PayStatus is "REFUND_DUE" ? cell.RefundDue : 0), known.Refunded + cell.Refunded);
            if (cell.Status is not "REGISTERED") continue;
            if (cell.CheckedIn) checkedIn += cell.Count;
            Want(cell.RaceId, "TOP", cell.TopSize, cell.Count);
            Want(cell.RaceId, "BOTTOM", cell.BottomSize, cell.Count);
        }

        while (await rows.ReadAsync(cancellationToken))
        {
            var goods = (rows.GetGuid(0), rows.GetString(1), rows.GetString(2));
            sizes[goods] = Of(goods) with { Free = rows.GetInt32(3), Allocated = rows.GetInt32(4), Gone = rows.GetInt32(5), Scrapped = rows.GetInt32(6) };
        }
        await rows.NextResultAsync(cancellationToken);
        var arrivals = new List<TimelinePoint>();
        while (await rows.ReadAsync(cancellationToken)) arrivals.Add(new(rows.GetFieldValue<DateTimeOffset>(0), rows.GetInt32(1)));

        return new SummaryView(
            [.. races.Where(race => raceId is null || race.RaceId == raceId)], InOrder(registrations), [.. money.Values], InOrder(payments), InOrder(deliveries), InOrder(messages), checkedIn,
            [.. sizes.Values.OrderBy(size => size.RaceId).ThenByDescending(size => size.Item, StringComparer.Ordinal).ThenBy(size => size.Size.Length).ThenBy(size => size.Size, StringComparer.Ordinal)],
            Timeline(arrivals), streams, all.Digest.At);

        void Add(string sql, Guid? race)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (race is { } id) command.Parameters.Add(new() { Value = id });
            batch.BatchCommands.Add(command);
        }

        void Want(Guid race, string item, string size, long more)
        {
            var known = Of((race, item, size));
            sizes[(race, item, size)] = known with { Wanted = known.Wanted + more };
        }

        SizeView Of((Guid RaceId, string Item, string Size) goods) => sizes.GetValueOrDefault(goods) ?? new(goods.RaceId, goods.Item, goods.Size, 0, 0, 0, 0, 0);

        static void Count(Dictionary<string, long> counts, string key, long more)
        {
            if (key is not "" && more != 0) counts[key] = counts.GetValueOrDefault(key) + more;
        }

        static SortedDictionary<string, long> InOrder(Dictionary<string, long> counts) => new(counts, StringComparer.Ordinal);
    }

    private static TimelineView Timeline(List<TimelinePoint> arrivals)
    {
        if (arrivals.Count == 0) return new(Buckets[0], []);
        var whole = (arrivals[^1].At - arrivals[0].At).TotalSeconds;
        var bucket = Buckets.FirstOrDefault(seconds => whole / seconds < MostPoints, Buckets[^1]);
        return new(bucket, [.. arrivals.GroupBy(point => (long)(point.At - Monday).TotalSeconds / bucket).Select(points =>
            new TimelinePoint(Monday.AddSeconds(points.Key * bucket), points.Sum(point => point.Registered)))]);
    }
}
