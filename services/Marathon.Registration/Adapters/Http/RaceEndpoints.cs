using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Registration.Adapters.Http;

/// <summary>The races, for everybody.</summary>
internal static class RaceEndpoints
{
    public static void MapRaces(this IEndpointRouteBuilder app)
    {
        app.MapGet("/races", (IRaces races, [AsParameters] PageQuery page) =>
        {
            if (page.Wrong() is { Count: > 0 } errors) return Problems.Invalid(errors);
            var all = races.All;
            return Results.Ok(page.Of(all.Skip(page.Offset).Take(page.Size).Select(View).ToList(), all.Count));
        }).WithSummary("Races with their divisions and the places left.");
        app.MapGet("/races/{raceId:guid}", (Guid raceId, IRaces races) => races.Find(raceId) is { } race ? Results.Ok(View(race)) : Problems.NotFound("There is no such race."))
            .WithSummary("One race.");
    }

    internal static RaceView View(Race race) => new(
        race.Id, race.Name, race.Place, race.Date, race.Status.Text(), race.OpensAt, race.ClosesAt, race.Currency,
        race.AllowsDuplicates, (int)race.HoldTime.TotalSeconds, race.RefundPolicy.Tiers, race.LastDayOfRetention, race.KitHandover.Text(),
        race.Divisions.Select(division => new DivisionView(
            division.Id, division.Name, division.Fee, division.Capacity, division.Remaining, division.TopSizes, division.BottomSizes)));

    internal sealed record RaceView(
        Guid RaceId, string Name, string Place, DateOnly Date, string Status, DateTimeOffset OpensAt, DateTimeOffset ClosesAt, string Currency,
        bool AllowsDuplicates, int HoldSeconds, IReadOnlyList<RefundTier> RefundTiers, DateOnly RetainUntil, string KitHandover,
        IEnumerable<DivisionView> Divisions);

    internal sealed record DivisionView(
        Guid DivisionId, string Name, int Fee, int Capacity, int Remaining, IReadOnlyList<string> TopSizes, IReadOnlyList<string> BottomSizes);
}
