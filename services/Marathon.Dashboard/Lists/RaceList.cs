using System.Data;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Dashboard.Lists;

/// <summary>A race as everybody sees it.</summary>
/// <param name="Status"><c>SCHEDULED</c>, <c>OPEN</c>, <c>SUSPENDED</c> or <c>CLOSED</c>.</param>
/// <param name="OpensAt">Null in races of the oldest events.</param>
/// <param name="KitHandover"><c>SHIPPING</c> or <c>PICK_UP</c>.</param>
/// <param name="RefundTiers">What a cancellation gives back: the tier with the most days that are still left, or nothing. Null in races of the oldest events.</param>
public sealed record RaceView(
    Guid RaceId, string Name, string Place, DateOnly Date, string Status, DateTimeOffset? OpensAt, DateTimeOffset? ClosesAt, string Currency, string KitHandover,
    IReadOnlyList<RaceRefundTier>? RefundTiers, IReadOnlyList<RaceDivisionView> Divisions)
{
    /// <summary>Whether every division is sold out.</summary>
    [JsonIgnore]
    public bool IsSoldOut => Divisions.All(division => division.IsSoldOut);
}

/// <summary>A division of a race.</summary>
/// <param name="Registered">Whose place is paid for.</param>
/// <param name="Remaining">Places that are nobody's as far as is known here; none while it is sold out. Those who are about to pay are not known here.</param>
/// <param name="IsSoldOut">As Registration said.</param>
public sealed record RaceDivisionView(
    Guid DivisionId, string Name, int Fee, int Capacity, long Registered, long Remaining, bool IsSoldOut, IReadOnlyList<string> TopSizes, IReadOnlyList<string> BottomSizes);

/// <summary>The races, as of the last digest. Asked by everybody who looks at one, so they are read a few times a second at most, however many ask.</summary>
internal sealed class RaceList(NpgsqlDataSource database, CellList cells, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Good = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim reading = new(1);
    private volatile Reading? last;

    /// <summary>Those that are still to be run first, the next one first of all; then those that were, the last one first.</summary>
    public async Task<IReadOnlyList<RaceView>> AllAsync(CancellationToken cancellationToken)
    {
        if (last is { } known && time.GetElapsedTime(known.At) < Good) return known.Races;
        if (!await reading.WaitAsync(Patience, cancellationToken)) throw new TimeoutException("The races are not read in time.");
        try
        {
            if (last is { } meanwhile && time.GetElapsedTime(meanwhile.At) < Good) return meanwhile.Races;
            var races = await ReadAsync(cancellationToken);
            last = new Reading(time.GetTimestamp(), races);
            return races;
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<RaceView?> FindAsync(Guid raceId, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).FirstOrDefault(race => race.RaceId == raceId);

    public void Dispose() => reading.Dispose();

    private async Task<IReadOnlyList<RaceView>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return await ReadAsync(connection, await cells.ReadAsync(connection, cancellationToken), cancellationToken);
    }

    /// <summary>As this transaction sees them, whose cells these are.</summary>
    public static async Task<IReadOnlyList<RaceView>> ReadAsync(NpgsqlConnection connection, CellsOf cells, CancellationToken cancellationToken)
    {
        var counted = cells.ById.Values.Where(cell => cell.Status is "REGISTERED").GroupBy(cell => (cell.RaceId, cell.DivisionId)).ToDictionary(division => division.Key, division => division.Sum(cell => cell.Count));
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT race_id, division_id, name, fee, capacity, sold_out, top_sizes, bottom_sizes FROM divisions ORDER BY race_id, position"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT race_id, name, place, date, status, opens_at, closes_at, currency, kit_handover, refund_tiers FROM races
            ORDER BY date < (now() AT TIME ZONE interval '9 hours')::date, abs(date - (now() AT TIME ZONE interval '9 hours')::date), name, race_id -- by the day in Korea, where they are run
            """));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        var divisions = new List<(Guid RaceId, RaceDivisionView View)>();
        while (await rows.ReadAsync(cancellationToken))
        {
            var (raceId, divisionId, capacity, isSoldOut) = (rows.GetGuid(0), rows.GetGuid(1), rows.GetInt32(4), rows.GetBoolean(5));
            var registered = counted.GetValueOrDefault((raceId, divisionId));
            divisions.Add((raceId, new RaceDivisionView(divisionId, rows.GetString(2), rows.GetInt32(3), capacity, registered,
                isSoldOut ? 0 : Math.Max(0, capacity - registered), isSoldOut, rows.GetFieldValue<string[]>(6), rows.GetFieldValue<string[]>(7))));
        }
        var ofRace = divisions.ToLookup(division => division.RaceId, division => division.View);
        await rows.NextResultAsync(cancellationToken);
        var races = new List<RaceView>();
        while (await rows.ReadAsync(cancellationToken))
            races.Add(new RaceView(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateOnly>(3), rows.GetString(4),
                rows.ValueOrNull<DateTimeOffset>(5), rows.ValueOrNull<DateTimeOffset>(6), rows.GetString(7), rows.GetString(8),
                rows.TextOrNull(9) is { } tiers ? JsonSerializer.Deserialize<List<RaceRefundTier>>(tiers, MarathonJson.Options) : null, [.. ofRace[rows.GetGuid(0)]]));
        return races;
    }

    private sealed record Reading(long At, IReadOnlyList<RaceView> Races);
}
