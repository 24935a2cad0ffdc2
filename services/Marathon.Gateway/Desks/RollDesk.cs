namespace Marathon.Gateway.Desks;

/// <summary>The desk at which runners show that they are there: found by bib or name, checked in with one press.</summary>
internal static class RollDesk
{
    private const int Size = 30;

    public static void MapRollDesk(this WebApplication app)
    {
        app.MapGet(Console.Roll, Task<IResult> (HttpContext context) => ShowAsync(new Visit(context)));
        app.MapPost(Console.Roll, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var (command, number) = (visit.Text("do"), Uri.EscapeDataString(visit.Text("number")));
            if (number is "") return Results.BadRequest();
            switch (command)
            {
                case "check-in": await visit.SendAsync("POST", "/registermasters/{number}/check-in", $"/registermasters/{number}/check-in"); break;
                case "picked-up": await visit.SendAsync("POST", "/deliveries/{number}/picked-up", $"/deliveries/{number}/picked-up"); break;
                case "saved": await visit.SendAsync("PATCH", "/registermasters/{number}", $"/registermasters/{number}", new { note = visit.Text("note") }); break;
                default: return Results.BadRequest();
            }
            return visit.Refusal is null ? visit.Back(command) : await ShowAsync(visit);
        });
    }

    private static async Task<IResult> ShowAsync(Visit visit)
    {
        var races = visit.RacesAsync();
        var isAsked = (visit["q"] ?? visit["raceId"] ?? visit["status"]) is not null;
        var roll = isAsked
            ? await visit.ReadAsync<Listed<RollLine>>("/registermasters", query: [("q", visit["q"]), ("raceId", visit["raceId"]), ("status", visit["status"]), ("page", $"{visit.Page}"), ("size", $"{Size}")])
            : null;
        return visit.Show<RollPage>((nameof(RollPage.Races), await races), (nameof(RollPage.Roll), roll));
    }
}
