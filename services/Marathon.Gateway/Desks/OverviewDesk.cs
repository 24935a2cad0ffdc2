using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Desks;

/// <summary>How everything stands, at a glance.</summary>
internal static class OverviewDesk
{
    /// <summary>How late figures may be without a word, and how long it is waited for who tells how late they are.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(1);

    public static void MapOverview(this WebApplication app) => app.MapGet(Console.Overview, async (HttpContext context) =>
    {
        var visit = new Visit(context);
        var races = visit.RacesAsync();
        var late = LateAsync(context);
        var summary = await visit.ReadAsync<SummaryReply>("/dashboards/summary", query: ("raceId", visit["raceId"]));
        return visit.Show<OverviewPage>((nameof(OverviewPage.Races), await races), (nameof(OverviewPage.Summary), summary), (nameof(OverviewPage.Late), await late));
    });

    /// <summary>
    /// How late the figures are: by what the others have not sent, and what the read side has not applied. Null: they are not; or it is not known, of a service that does not answer
    /// at once, which is not to keep the page from coming.
    /// </summary>
    private static async Task<LateLine?> LateAsync(HttpContext context)
    {
        var asking = context.AskForMessaging();
        await Task.WhenAny(Task.WhenAll(asking), Task.Delay(Patience, context.RequestAborted));
        var late = new LateLine(0, TimeSpan.Zero);
        foreach (var asked in asking.Where(asked => asked.IsCompletedSuccessfully))
        {
            if (await asked is not (var service, { } state)) continue;
            var (events, by) = service == ServiceNames.Dashboard ? (state.Lag?.Values.Sum() ?? 0, state.OldestUnapplied) : (state.Unsent, state.OldestUnsent);
            late = new LateLine(late.Events + events, by > late.By ? by : late.By);
        }
        return late.By < Moment ? null : late;
    }
}
