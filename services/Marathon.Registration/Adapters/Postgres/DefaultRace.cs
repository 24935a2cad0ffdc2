using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The race that is meant when none is named. It is there from the first start on, open, for 20,000 won, and takes the same person as often as they
/// like, so that the requests of the original system work unchanged.
/// </summary>
public sealed class DefaultRace(IRaceBook book, NpgsqlDataSource database, IConfiguration configuration, TimeProvider time) : IHostedService
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
        var scheduled = new RaceDraft(
            "마라톤 오픈 레이스 (Marathon Open Race)", "서울 (Seoul)", Race.DayOf(now).AddDays(180), OpensAt: now, ClosesAt: now.AddDays(170), AllowsDuplicates: true,
            Divisions: [new DivisionDraft(Name: "10 km", Fee: 20_000, Capacity: 1_000_000, TopSizes: TopSizes, BottomSizes: BottomSizes)])
            .Schedule(Id, () => DivisionId, now);
        var opened = scheduled.Then(scheduled.Race!.Switch(RaceSwitch.Open, force: false, now));
        if (await book.AddAsync(opened, requestHash: null, now, cancellationToken) == RaceAdded.Now || await IsToldWithItsTiersAsync(cancellationToken)) return;
        await book.DecideAsync(Id, race => RaceDecision.Done(race, [new RaceFact(RaceFactKind.Changed)]), now, cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>It was made without telling them once: nobody but Registration knew what a cancellation gives back.</summary>
    private async Task<bool> IsToldWithItsTiersAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT EXISTS (SELECT FROM outbox WHERE stream = 'races' AND aggregate_id = $1 AND convert_from(payload, 'UTF8')::jsonb ->> 'refundTiers' IS NOT NULL)
            """);
        select.Parameters.AddWithValue(Id);
        return (bool)(await select.ExecuteScalarAsync(cancellationToken))!;
    }
}
