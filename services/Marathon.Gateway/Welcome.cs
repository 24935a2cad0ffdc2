using Swashbuckle.AspNetCore.SwaggerUI;

namespace Marathon.Gateway;

/// <summary>What a visitor finds who does not know the way yet: <c>/</c> and <c>/docs</c>.</summary>
internal static class Welcome
{
    private static readonly object Home = new { name = "Marathon", links = new { races = "/races", docs = "/docs", health = "/health" } };

    public static void MapWelcome(this WebApplication app)
    {
        app.MapGet("/", () => TypedResults.Ok(Home)).ExcludeFromDescription();

        // Only under its own path: the page's middleware would look at every request.
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/docs"), docs => docs.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Marathon API";
            page.DocExpansion(DocExpansion.List);
            foreach (var description in PublicApi.Routes.Where(route => route.IsDescription())) page.SwaggerEndpoint(description.Path, description.Service);
        }));
    }
}
