using System.Text.Json;
using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The races in PostgreSQL. A command locks the race's divisions, in the order of their ids as holds do, and then the race: so it is decided against every
/// place that is taken or given back, and waits for no more than one batch of them.
/// </summary>
public sealed class RaceBook(Outbox outbox) : IRaceBook
{
    /// <summary>Of the advisory locks that name a race: "RACE".</summary>
    private const int LockSpace = 0x52414345;

    /// <inheritdoc/>
    public async Task<RaceAdded> AddAsync(RaceDecision scheduled, byte[]? requestHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await TakeTurnAsync(work, scheduled.Race!.Id, cancellationToken);
        await using (var there = work.Command("SELECT request_hash IS NOT DISTINCT FROM $2 FROM races WHERE id = $1", scheduled.Race.Id, Rows.OrNull(requestHash, NpgsqlDbType.Bytea)))
            if (await there.ExecuteScalarAsync(cancellationToken) is bool isSame) return isSame ? RaceAdded.Before : RaceAdded.ByAnother;
        await WriteAsync(work, scheduled, now, cancellationToken);
        if (requestHash is not null)
        {
            await using var note = work.Command("UPDATE races SET request_hash = $2 WHERE id = $1", scheduled.Race.Id, requestHash);
            await note.ExecuteNonQueryAsync(cancellationToken);
        }
        await work.CommitAsync(cancellationToken);
        return RaceAdded.Now;
    }

    /// <inheritdoc/>
    public async Task<RaceDecision?> DecideAsync(Guid raceId, Func<Race, RaceDecision> decide, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await LockAsync(work, raceId, cancellationToken);
        if (await StoredRaces.FindAsync(work, raceId, cancellationToken) is not { } race) return null;
        var decision = decide(race);
        if (decision.Facts.Count == 0) return decision;
        await WriteAsync(work, decision, now, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return decision;
    }

    /// <summary>One after the other, so that the next statement sees what whoever was waited for has written.</summary>
    private static async Task LockAsync(UnitOfWork work, Guid raceId, CancellationToken cancellationToken)
    {
        await TakeTurnAsync(work, raceId, cancellationToken);
        await using var divisions = work.Command("SELECT FROM divisions WHERE race_id = $1 ORDER BY id FOR UPDATE", raceId);
        await divisions.ExecuteNonQueryAsync(cancellationToken);
        // Not FOR UPDATE: a registration that is being inserted refers to it.
        await using var race = work.Command("SELECT FROM races WHERE id = $1 FOR NO KEY UPDATE", raceId);
        await race.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One organiser at a time: another may be adding the race, or a division that could not be locked here, because it was not there yet.</summary>
    private static async Task TakeTurnAsync(UnitOfWork work, Guid raceId, CancellationToken cancellationToken)
    {
        await using var turn = work.Command("SELECT pg_advisory_xact_lock($1, hashtext($2))", LockSpace, raceId.ToString());
        await turn.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task WriteAsync(UnitOfWork work, RaceDecision decision, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var race = decision.Race!;
        await using var write = work.Command("""
            INSERT INTO races AS known (id, name, place, date, status, opens_at, closes_at, currency, allows_duplicates, hold_seconds, refund_tiers, version, retain_until, kit_handover,
              promises_after)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (id) DO UPDATE SET
              name = excluded.name, place = excluded.place, date = excluded.date, status = excluded.status, opens_at = excluded.opens_at,
              closes_at = excluded.closes_at, allows_duplicates = excluded.allows_duplicates, hold_seconds = excluded.hold_seconds,
              refund_tiers = excluded.refund_tiers, version = excluded.version, retain_until = excluded.retain_until, kit_handover = excluded.kit_handover,
              promises_after = excluded.promises_after
            """,
            race.Id, race.Name, race.Place, race.Date, race.Status.Text(), race.OpensAt.UtcDateTime, race.ClosesAt.UtcDateTime, race.Currency,
            race.AllowsDuplicates, (int)race.HoldTime.TotalSeconds,
            Json(race.RefundPolicy.Tiers), race.Version, Rows.OrNull(race.RetainUntil, NpgsqlDbType.Date), race.KitHandover.Text(), Json(race.PromisesAfter));
        await write.ExecuteNonQueryAsync(cancellationToken);
        // That it has been opened changes nothing of what anybody comes for; and whoever came in time is in the queue by then, before all others.
        var newTerms = decision.Facts is [{ Kind: RaceFactKind.Opened }] ? 0 : 1;
        foreach (var division in race.Divisions.OrderBy(division => division.Id))
        {
            await using var place = work.Command("""
                INSERT INTO divisions AS known (id, race_id, name, fee, capacity, top_sizes, bottom_sizes) VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (id) DO UPDATE SET
                  name = excluded.name, fee = excluded.fee, capacity = excluded.capacity, top_sizes = excluded.top_sizes,
                  bottom_sizes = excluded.bottom_sizes, terms = known.terms + $8
                """, division.Id, race.Id, division.Name, division.Fee, division.Capacity, division.TopSizes.ToArray(), division.BottomSizes.ToArray(), newTerms);
            await place.ExecuteNonQueryAsync(cancellationToken);
        }
        foreach (var (at, fact) in decision.Facts.Index()) work.Publish(RaceFacts.Event(race, fact, now), race.Version - decision.Facts.Count + 1 + at);

        static NpgsqlParameter Json<T>(IReadOnlyList<T> list) => new() { Value = JsonSerializer.Serialize(list, MarathonJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb };
    }
}
