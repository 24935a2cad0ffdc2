using System.Text.Json;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using NpgsqlTypes;

namespace Marathon.Dashboard.Streams;

/// <summary>The races and their divisions, from the stream <c>races</c>. There are few of these events, and they come in order.</summary>
internal sealed class Races(Changes changes) :
    IHandle<RaceScheduled>, IHandle<RaceChanged>, IHandle<RaceOpened>, IHandle<RaceSuspended>, IHandle<RaceResumed>, IHandle<RaceClosed>,
    IHandle<RaceSoldOut>, IHandle<RacePlacesReturned>
{
    // What the oldest events did not say was so.
    private const string Won = "KRW", Shipping = "SHIPPING";

    public async Task HandleAsync(IReadOnlyList<Received<RaceScheduled>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        foreach (var race in events.Select(heard => heard.Event))
            await WriteAsync(race, new(race.Name, race.Place, race.Date, race.OpensAt, race.ClosesAt, race.Currency ?? Won, race.KitHandover ?? Shipping, race.RefundTiers, race.Divisions), work, cancellationToken);
    }

    public async Task HandleAsync(IReadOnlyList<Received<RaceChanged>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        foreach (var race in events.Select(heard => heard.Event))
            await WriteAsync(race, new(race.Name, race.Place, race.Date, race.OpensAt, race.ClosesAt, race.Currency, race.KitHandover ?? Shipping, race.RefundTiers, race.Divisions), work, cancellationToken);
    }

    public Task HandleAsync(IReadOnlyList<Received<RaceOpened>> events, UnitOfWork work, CancellationToken cancellationToken) => SwitchAsync(events, "OPEN", work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RaceSuspended>> events, UnitOfWork work, CancellationToken cancellationToken) => SwitchAsync(events, "SUSPENDED", work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RaceResumed>> events, UnitOfWork work, CancellationToken cancellationToken) => SwitchAsync(events, "OPEN", work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RaceClosed>> events, UnitOfWork work, CancellationToken cancellationToken) => SwitchAsync(events, "CLOSED", work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RaceSoldOut>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        SellOutAsync(events.Each(heard => heard.Event.DivisionId), soldOut: true, work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RacePlacesReturned>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        SellOutAsync(events.Each(heard => heard.Event.DivisionId), soldOut: false, work, cancellationToken);

    private async Task WriteAsync(RaceEvent told, Terms race, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using (var write = work.Command("""
            INSERT INTO races (race_id, name, place, date, status, opens_at, closes_at, currency, kit_handover, as_of, refund_tiers)
            VALUES ($1, $2, $3, $4, 'SCHEDULED', $5, $6, $7, $8, $9, $10)
            ON CONFLICT (race_id) DO UPDATE SET
              name = excluded.name, place = excluded.place, date = excluded.date, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
              currency = excluded.currency, kit_handover = excluded.kit_handover, as_of = excluded.as_of, refund_tiers = excluded.refund_tiers
            """,
            told.RaceId, race.Name, race.Place, race.Date,
            Rows.OrNull(race.OpensAt?.UtcDateTime, NpgsqlDbType.TimestampTz), Rows.OrNull(race.ClosesAt?.UtcDateTime, NpgsqlDbType.TimestampTz), race.Currency, race.KitHandover, told.At.UtcDateTime,
            Rows.OrNull(race.RefundTiers is { } tiers ? JsonSerializer.Serialize(tiers, MarathonJson.Options) : null, NpgsqlDbType.Jsonb)))
            await write.ExecuteNonQueryAsync(cancellationToken);

        for (var position = 0; position < race.Divisions.Count; position++)
        {
            var division = race.Divisions[position];
            // A division is never taken away; whether it is sold out is told on its own.
            await using var write = work.Command("""
                INSERT INTO divisions (division_id, race_id, position, name, fee, capacity, top_sizes, bottom_sizes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (division_id) DO UPDATE SET
                  position = excluded.position, name = excluded.name, fee = excluded.fee, capacity = excluded.capacity,
                  top_sizes = excluded.top_sizes, bottom_sizes = excluded.bottom_sizes
                """,
                division.DivisionId, told.RaceId, position, division.Name, division.Fee, division.Capacity, Sizes(division.TopSizes), Sizes(division.BottomSizes));
            await write.ExecuteNonQueryAsync(cancellationToken);
        }
        // Whoever has the page of a registration open sees the race's name and day, and its division's.
        await NoteAsync([told.RaceId], work, cancellationToken);
    }

    /// <summary>One that is opened before its time, or closed, by hand was open from then on, or until then.</summary>
    private async Task SwitchAsync<TEvent>(IReadOnlyList<Received<TEvent>> events, string status, UnitOfWork work, CancellationToken cancellationToken) where TEvent : RaceEvent
    {
        await using var write = work.Command("""
            UPDATE races SET
              status = $3, as_of = heard.at,
              opens_at = CASE $3 WHEN 'OPEN' THEN least(opens_at, heard.at) ELSE opens_at END, closes_at = CASE $3 WHEN 'CLOSED' THEN least(closes_at, heard.at) ELSE closes_at END
            FROM unnest($1::uuid[], $2::timestamptz[]) AS heard (race_id, at) WHERE races.race_id = heard.race_id
            """, events.Each(heard => heard.Event.RaceId), events.Each(heard => heard.Event.At.UtcDateTime), status);
        await write.ExecuteNonQueryAsync(cancellationToken);
        await NoteAsync([], work, cancellationToken);
    }

    private async Task SellOutAsync(Guid[] divisions, bool soldOut, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var write = work.Command("UPDATE divisions SET sold_out = $2 WHERE division_id = ANY ($1)", divisions, soldOut);
        await write.ExecuteNonQueryAsync(cancellationToken);
        await NoteAsync([], work, cancellationToken);
    }

    private async Task NoteAsync(Guid[] races, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var note = changes.Command(work, races);
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string[] Sizes(IReadOnlyList<string>? sizes) => [.. sizes ?? []];

    private readonly record struct Terms(
        string Name, string Place, DateOnly Date, DateTimeOffset? OpensAt, DateTimeOffset? ClosesAt, string Currency, string KitHandover,
        IReadOnlyList<RaceRefundTier>? RefundTiers, IReadOnlyList<RaceDivision> Divisions);
}
