using Swashbuckle.AspNetCore.SwaggerUI;

namespace Marathon.Gateway;

/// <summary>All calls, described and to be tried: the pages under <c>/docs</c>.</summary>
internal static class Docs
{
    public static void MapDocs(this WebApplication app) =>
        // Only under its own path: the page's middleware would look at every request.
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/docs"), docs => docs.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Marathon API";
            page.DocExpansion(DocExpansion.List);
            foreach (var description in PublicApi.Routes.Where(route => route.IsDescription())) page.SwaggerEndpoint(description.Path, description.Service);
        }));
}
