using System.Text.Json;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using NpgsqlTypes;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The race that is meant when none is named. It is there from the first start on, open, for 20,000 won, and takes the same person as often as they
/// like, so that the requests of the original system work unchanged.
/// </summary>
public sealed class DefaultRace(Outbox outbox, IConfiguration configuration, TimeProvider time) : IHostedService
{
    private static readonly Guid Id = new("0193a5a0-0000-7000-8000-000000000001"), DivisionId = new("0193a5a0-0000-7000-8000-000000000002");
    private static readonly string[] TopSizes = ["85", "90", "95", "100", "105", "110", "115", "120"], BottomSizes = ["85", "90", "95", "100", "105", "110", "115"];

    /// <summary><c>Registration:DefaultRaceId</c>, or the seeded one.</summary>
    public static Guid IdFrom(IConfiguration configuration) => configuration.GetValue<Guid?>("Registration:DefaultRaceId") ?? Id;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IdFrom(configuration) != Id) return;
        var now = time.GetUtcNow();
        var race = new
        {
            Name = "마라톤 오픈 레이스 (Marathon Open Race)", Place = "서울 (Seoul)", Date = DateOnly.FromDateTime(now.UtcDateTime).AddDays(180),
            Division = new RaceDivision(DivisionId, "10 km", Fee: 20_000, Capacity: 1_000_000, TopSizes, BottomSizes),
        };
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using var insert = work.Command("""
            INSERT INTO races (id, name, place, date, status, opens_at, closes_at, currency, allows_duplicates, hold_seconds, refund_tiers, version)
            VALUES ($1, $2, $3, $4, 'OPEN', $5, $6, 'KRW', true, 600, $7, 2) ON CONFLICT DO NOTHING
            """,
            Id, race.Name, race.Place, race.Date, now.UtcDateTime, now.AddDays(170).UtcDateTime,
            new Npgsql.NpgsqlParameter { Value = JsonSerializer.Serialize(RefundPolicy.Usual.Tiers, MarathonJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb });
        if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0) return;
        await using var division = work.Command("""
            INSERT INTO divisions (id, race_id, name, fee, capacity, top_sizes, bottom_sizes) VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, DivisionId, Id, race.Division.Name, race.Division.Fee, race.Division.Capacity, TopSizes, BottomSizes);
        await division.ExecuteNonQueryAsync(cancellationToken);
        work.Publish(new RaceScheduled { RaceId = Id, At = now, Name = race.Name, Place = race.Place, Date = race.Date, Divisions = [race.Division], OpensAt = now, ClosesAt = now.AddDays(170), Currency = "KRW", KitHandover = KitHandover.Shipping.Text() }, version: 1);
        work.Publish(new RaceOpened { RaceId = Id, At = now }, version: 2);
        await work.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
