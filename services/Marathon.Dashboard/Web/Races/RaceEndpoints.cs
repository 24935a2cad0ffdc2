using Marathon.Dashboard.Lists;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Dashboard.Web.Races;

/// <summary>The shop window, and each race in it.</summary>
internal static class RaceEndpoints
{
    /// <summary>Where the races are that were run.</summary>
    public const string Past = "/?past=1";

    private static readonly object Home = new { name = "Marathon", links = new { races = "/races", docs = "/docs", health = "/health" } };

    public static void MapRacePages(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", async (HttpContext context, RaceList races, SharedPages shared, TimeProvider time, string? past) => !context.Request.WantsPage()
            ? Results.Ok(Home)
            : await ShowAsync(context, shared, past is null ? "/" : Past, async language => await Pages.RenderAsync<ShopWindow>(context.RequestServices, language, new()
            {
                [nameof(ShopWindow.Races)] = await races.AllAsync(CancellationToken.None),
                [nameof(ShopWindow.Now)] = time.GetUtcNow(),
                [nameof(ShopWindow.IsPast)] = past is not null,
            })));
        app.MapGet("/race/{raceId:guid}", (Guid raceId, HttpContext context, RaceList races, SharedPages shared, TimeProvider time) =>
            ShowAsync(context, shared, raceId.ToString(), async language => await races.FindAsync(raceId, CancellationToken.None) is { } race
                ? await Pages.RenderAsync<RacePage>(context.RequestServices, language, new() { [nameof(RacePage.Race)] = race, [nameof(RacePage.Now)] = time.GetUtcNow() })
                : null));
    }

    private static async Task<IResult> ShowAsync(HttpContext context, SharedPages shared, string page, Func<string, Task<string?>> render)
    {
        var language = Languages.Of(context.Request);
        if (await shared.GetAsync(page, language, () => render(language)) is not { } html) return Problems.NotFound("There is no such race.");
        // Kept by no browser, as other pages: whoever goes back to one would see an old one, whatever its age, and its countdown goes by the time that it came with.
        await Pages.WriteAsync(context, html, language);
        return Results.Empty;
    }
}
