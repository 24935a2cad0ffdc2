namespace Marathon.Gateway.Desks;

/// <summary>How everything stands, at a glance.</summary>
internal static class OverviewDesk
{
    public static void MapOverview(this WebApplication app) => app.MapGet(Console.Overview, async (HttpContext context) =>
    {
        var visit = new Visit(context);
        var races = visit.RacesAsync();
        var summary = await visit.ReadAsync<SummaryReply>("/dashboards/summary", query: ("raceId", visit["raceId"]));
        return visit.Show<OverviewPage>((nameof(OverviewPage.Races), await races), (nameof(OverviewPage.Summary), summary));
    });
}
