using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

/// <summary>Where a race's goods are, from the stream <c>stock</c>.</summary>
internal sealed class Stock(Changes changes) : IHandle<StockChanged>
{
    public async Task HandleAsync(IReadOnlyList<Received<StockChanged>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var levels = events.SelectMany(heard => heard.Event.Levels.Select(level => (heard.Event.RaceId, Level: level))).ToList();
        await using var write = work.Command("""
            INSERT INTO stock (race_id, item, size, free, allocated, gone, scrapped)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[]) AS heard (race_id, item, size) ORDER BY race_id, item, size
            ON CONFLICT (race_id, item, size) DO UPDATE SET
              free = excluded.free, allocated = excluded.allocated, gone = excluded.gone, scrapped = excluded.scrapped
            """,
            levels.ConvertAll(entry => entry.RaceId).ToArray(), levels.ConvertAll(entry => entry.Level.Item).ToArray(), levels.ConvertAll(entry => entry.Level.Size).ToArray(),
            levels.ConvertAll(entry => entry.Level.Free).ToArray(), levels.ConvertAll(entry => entry.Level.Allocated).ToArray(),
            levels.ConvertAll(entry => entry.Level.Gone).ToArray(), levels.ConvertAll(entry => entry.Level.Scrapped).ToArray());
        await write.ExecuteNonQueryAsync(cancellationToken);
        await using var note = changes.Command(work);
        await note.ExecuteNonQueryAsync(cancellationToken);
    }
}
