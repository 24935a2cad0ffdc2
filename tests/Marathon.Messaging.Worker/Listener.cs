using Marathon.Contracts;

namespace Marathon.Messaging.Worker;

/// <summary>Notes every event in the order of application; at a payment it also tells of a delivery, which is a stream and a count of its own.</summary>
internal sealed class Listener(WorkerOptions options) : IHandle<PaymentCompleted>, IHandle<GoodsDelivered>
{
    public async Task HandleAsync(IReadOnlyList<Received<PaymentCompleted>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var own = Own(events);
        await NoteAsync("payments", own, work, cancellationToken);
        await FollowAsync(own, work, cancellationToken);
    }

    public Task HandleAsync(IReadOnlyList<Received<GoodsDelivered>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        NoteAsync("deliveries", Own(events), work, cancellationToken);

    private List<Received<TEvent>> Own<TEvent>(IEnumerable<Received<TEvent>> events) where TEvent : IntegrationEvent =>
        [.. events.Where(heard => Things.IsOf(options.Run, heard.Event.AggregateId))];

    private async Task NoteAsync<TEvent>(string stream, List<Received<TEvent>> events, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : IntegrationEvent
    {
        if (events.Count == 0) return;
        var (ids, versions) = (events.ConvertAll(heard => heard.Event.AggregateId).ToArray(), events.ConvertAll(heard => heard.Version).ToArray());
        if (options.IsPoisonable)
        {
            await using var find = work.Command("""
                SELECT count(*) FROM poison JOIN unnest($1::uuid[], $2::int[]) AS heard (aggregate_id, version) USING (aggregate_id, version)
                """, ids, versions);
            if ((long)(await find.ExecuteScalarAsync(cancellationToken))! > 0) throw new InvalidOperationException("It is poison.");
        }
        await using var insert = work.Command("""
            INSERT INTO effects (stream, aggregate_id, version, occurred_at)
            SELECT $1, aggregate_id, version, occurred_at
            FROM unnest($2::uuid[], $3::int[], $4::timestamptz[]) WITH ORDINALITY AS heard (aggregate_id, version, occurred_at, place) ORDER BY place
            """, stream, ids, versions, events.ConvertAll(heard => heard.OccurredAt.UtcDateTime).ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task FollowAsync(List<Received<PaymentCompleted>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return;
        var told = new List<(Guid Id, int Version)>(events.Count);
        await using (var advance = work.Command("""
            INSERT INTO things (stream, id, version) SELECT 'deliveries', id, 1 FROM unnest($1::uuid[]) AS id ORDER BY id
            ON CONFLICT (stream, id) DO UPDATE SET version = things.version + 1 RETURNING id, version
            """, events.ConvertAll(heard => heard.Event.AggregateId).ToArray()))
        await using (var rows = await advance.ExecuteReaderAsync(cancellationToken))
            while (await rows.ReadAsync(cancellationToken)) told.Add((rows.GetGuid(0), rows.GetInt32(1)));
        var causes = events.ToDictionary(heard => heard.Event.AggregateId);
        foreach (var (id, version) in told)
            work.Publish(new GoodsDelivered { RegistrationId = id, Number = causes[id].Event.Number, At = causes[id].OccurredAt }, version, causes[id].TraceParent);
    }
}
