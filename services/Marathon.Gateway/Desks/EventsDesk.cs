using System.Text.Json;
using Marathon.Gateway.Gathering;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Desks;

/// <summary>How events travel: what is on its way, what could not be applied, and who did what.</summary>
internal static class EventsDesk
{
    private const int Size = 50;

    private static readonly string[] Commands = ["replay", "drop"];

    private static readonly Dictionary<string, string> Rebuilding = new() { ["rebuild"] = "/dashboards/rebuild", ["rebuild-cancel"] = "/dashboards/rebuild/cancel" };

    public static void MapEventsDesk(this WebApplication app)
    {
        app.MapGet(Console.Events, (HttpContext context, IHttpClientFactory http) => ShowAsync(new Visit(context), context, http));
        app.MapPost(Console.Events, async (HttpContext context, IHttpClientFactory http) =>
        {
            var visit = await Visit.OfFormAsync(context);
            if (Rebuilding.TryGetValue(visit.Text("do"), out var path))
            {
                await visit.SendAsync("POST", path);
                return visit.Refusal is null ? visit.Back(visit.Text("do")) : await ShowAsync(visit, context, http);
            }
            var (command, id) = (visit.Text("do"), visit.Text("id"));
            if (!Commands.Contains(command) || id.Split('-') is not [var service, var letter] || !ServiceNames.BehindGateway.Contains(service) || !long.TryParse(letter, out var number)) return Results.BadRequest();
            await visit.SendAsync("POST", "/deadletters/{service}-{id:long}/" + command, $"/deadletters/{number}/{command}", service: service);
            return visit.Refusal is null ? visit.Back(command) : await ShowAsync(visit, context, http);
        });
        app.MapGet(Console.Audit, async (HttpContext context, IHttpClientFactory http) =>
        {
            var visit = new Visit(context);
            var (list, _) = await GatheredList.ReadAsync(
                context, http, "/audit", [("actor", visit["actor"]), ("aggregateId", visit["aggregateId"])], latest: "at", Known(visit["service"]), Asked(visit));
            return visit.Show<AuditPage>((nameof(AuditPage.Deeds), list.Deserialize<Listed<DeedLine>>(MarathonJson.Options)));
        });
    }

    private static async Task<IResult> ShowAsync(Visit visit, HttpContext context, IHttpClientFactory http)
    {
        var states = Task.WhenAll(context.AskForMessaging());
        var rebuild = visit.FindAsideAsync<RebuildLine>("/dashboards/rebuild", "/dashboards/rebuild");
        var (letters, _) = await GatheredList.ReadAsync(context, http, "/deadletters", [("state", visit["state"])], latest: "parkedAt", Known(visit["service"]), Asked(visit));
        return visit.Show<EventsPage>(
            (nameof(EventsPage.States), await states), (nameof(EventsPage.Rebuild), await rebuild), (nameof(EventsPage.Letters), letters.Deserialize<Listed<LetterLine>>(MarathonJson.Options)));
    }

    private static PageQuery Asked(Visit visit) => new(Math.Min(visit.Page, 10), Size);

    private static string? Known(string? service) => service is not null && ServiceNames.BehindGateway.Contains(service) ? service : null;
}
