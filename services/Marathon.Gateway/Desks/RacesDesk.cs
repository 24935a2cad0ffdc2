namespace Marathon.Gateway.Desks;

/// <summary>Races: what they are, and their switches.</summary>
internal static class RacesDesk
{
    private static readonly string[] Commands = ["open", "suspend", "resume", "close"];

    public static void MapRacesDesk(this WebApplication app)
    {
        app.MapGet(Console.Races, async (HttpContext context) =>
        {
            var visit = new Visit(context);
            return visit.Show<RacesPage>((nameof(RacesPage.Races), InOrder(visit, await visit.ReadAsync<Listed<RaceLine>>("/races", query: ("size", "500")))));
        });
        app.MapGet(Console.NewRace, (HttpContext context) => new Visit(context).Show<RaceFormPage>((nameof(RaceFormPage.Form), RaceForm.Blank)));
        app.MapPost(Console.NewRace, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var form = RaceForm.Read(visit);
            var reply = await visit.SendAsync("POST", "/races", body: form.Draft(before: null), key: visit.Some("key"));
            return reply.As<RaceLine>() is { } race ? visit.Back("saved", $"{Console.Races}/{race.RaceId}") : visit.Show<RaceFormPage>((nameof(RaceFormPage.Form), form));
        });
        app.MapGet(Console.Race, (Guid raceId, HttpContext context) => ShowAsync(new Visit(context), raceId));
        app.MapPost(Console.Race, async (Guid raceId, HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var form = RaceForm.Read(visit);
            if (form.Before() is not { } before) return Results.BadRequest();
            var draft = form.Draft(before);
            if (draft.Count == 0) return await ShowAsync(visit, raceId);
            var reply = await visit.SendAsync("PATCH", "/races/{raceId}", $"/races/{raceId}", draft);
            return reply.IsSuccess ? visit.Back("saved") : await ShowAsync(visit, raceId, form);
        });
        app.MapPost(Console.SwitchRace, async (Guid raceId, HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context, $"{Console.Races}/{raceId}");
            var command = visit.Text("command");
            if (!Commands.Contains(command)) return Results.BadRequest();
            var reply = await visit.SendAsync("POST", "/races/{raceId}/" + command, $"/races/{raceId}/{command}{(visit.Text("force") is "true" ? "?force=true" : "")}");
            return reply.IsSuccess ? visit.Back(command) : await ShowAsync(visit, raceId);
        });
    }

    /// <summary>All races, for lists to choose from.</summary>
    public static async Task<IReadOnlyList<RaceLine>> RacesAsync(this Visit visit) => InOrder(visit, await visit.FindAsideAsync<Listed<RaceLine>>("/races", "/races?size=500"));

    /// <summary>As runners see them: those that are still to be run first, the next one first of all; then those that were, the last one first.</summary>
    private static IReadOnlyList<RaceLine> InOrder(Visit visit, Listed<RaceLine>? races) =>
        [.. (races?.Rows ?? []).OrderBy(race => race.Date < visit.Today).ThenBy(race => Math.Abs(race.Date.DayNumber - visit.Today.DayNumber))];

    private static async Task<IResult> ShowAsync(Visit visit, Guid raceId, RaceForm? form = null)
    {
        if (await visit.ReadAsync<RaceLine>("/races/{raceId}", $"/races/{raceId}") is not { } race) return visit.NotThere();
        return visit.Show<RacePage>((nameof(RacePage.Race), race), (nameof(RacePage.Form), form ?? RaceForm.Of(race)));
    }
}
