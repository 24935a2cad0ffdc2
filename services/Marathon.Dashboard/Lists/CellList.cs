using Npgsql;
using NpgsqlTypes;

namespace Marathon.Dashboard.Lists;

/// <summary>All registrations that are alike: how many, and the sums over them.</summary>
/// <param name="DivisionId">All zeros: not known.</param>
/// <param name="PayStatus">Empty: not known.</param>
/// <param name="DeliveryStatus">Empty: there is no kit.</param>
internal sealed record Cell(
    int Id, Guid RaceId, Guid DivisionId, string Status, string PayStatus, string DeliveryStatus, string TopSize, string BottomSize, bool CheckedIn,
    long Count, long Amount, long RefundDue, long Refunded, long Accepted, long Delivered, long Failed);

/// <summary>A digest, as a transaction sees it.</summary>
/// <param name="View">The tables that are shown: those of a view that was made anew are others.</param>
/// <param name="Moved">The last that moved a cell.</param>
/// <param name="At">When it was.</param>
internal readonly record struct Digested(uint View, ulong Moved, DateTimeOffset At)
{
    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Select = "SELECT 'digested'::regclass::oid, moved, at FROM digested";

    public static Digested Read(NpgsqlDataReader row) => new(row.GetFieldValue<uint>(0), row.GetFieldValue<ulong>(1), row.GetFieldValue<DateTimeOffset>(2));
}

/// <summary>The cells of a digest, by their ids.</summary>
internal sealed record CellsOf(Digested Digest, IReadOnlyDictionary<int, Cell> ById);

/// <summary>
/// The cells, in memory: some thousands, of which each list and sum would read all, and a digest moves a few. Whoever asks is told of the digest that their transaction sees, and
/// what was moved since the one that is known is read once for all.
/// </summary>
internal sealed class CellList : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim reading = new(1);
    private volatile CellsOf? last;

    /// <summary>Those that this transaction sees.</summary>
    public async Task<CellsOf> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var select = connection.Command(Digested.Select);
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var digest = Digested.Read(row);
        await row.CloseAsync();
        return await ReadAsync(connection, digest, cancellationToken);
    }

    /// <summary>As <see cref="ReadAsync(NpgsqlConnection, CancellationToken)"/>, where it is known what the transaction sees.</summary>
    public async Task<CellsOf> ReadAsync(NpgsqlConnection connection, Digested digest, CancellationToken cancellationToken)
    {
        if (last is { } known && known.Digest == digest) return known;
        if (!await reading.WaitAsync(Patience, cancellationToken)) throw new TimeoutException("The cells are not read in time.");
        try
        {
            var before = last;
            if (before?.Digest == digest) return before;
            // Whoever sees an older state than is known reads all of it, and keeps it for themselves.
            var isOlder = before is not null && before.Digest.View == digest.View && before.Digest.Moved > digest.Moved;
            var cells = new CellsOf(digest, await MovedAsync(connection, before?.Digest.View == digest.View && !isOlder ? before : null, cancellationToken));
            if (!isOlder) last = cells;
            return cells;
        }
        finally
        {
            reading.Release();
        }
    }

    public void Dispose() => reading.Dispose();

    /// <summary>Those that were there before, with what was moved since; all, if there were none.</summary>
    private static async Task<Dictionary<int, Cell>> MovedAsync(NpgsqlConnection connection, CellsOf? before, CancellationToken cancellationToken)
    {
        var cells = before is null ? [] : new Dictionary<int, Cell>(before.ById);
        await using var select = connection.Command("""
            SELECT cell, race_id, division_id, status, pay_status, delivery_status, top_size, bottom_size, checked_in, count, amount, refund_due, refunded, accepted, delivered, failed
            FROM cells WHERE moved > $1
            """, new NpgsqlParameter { Value = before?.Digest.Moved ?? 0, NpgsqlDbType = NpgsqlDbType.Xid8 });
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            cells[rows.GetInt32(0)] = new Cell(
                rows.GetInt32(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetString(6), rows.GetString(7), rows.GetBoolean(8),
                rows.GetInt64(9), rows.GetInt64(10), rows.GetInt64(11), rows.GetInt64(12), rows.GetInt64(13), rows.GetInt64(14), rows.GetInt64(15));
        return cells;
    }
}
