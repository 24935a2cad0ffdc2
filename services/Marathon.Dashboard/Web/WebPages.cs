using Marathon.Dashboard.Web.Finding;
using Marathon.Web;

namespace Marathon.Dashboard.Web;

/// <summary>The pages: server-rendered, whole without script. Which addresses there are, and for whom, is the gateway's to say (PublicApi.cs).</summary>
internal static class WebPages
{
    private static readonly object Home = new { name = "Marathon", links = new { races = "/races", docs = "/docs", health = "/health" } };

    public static void AddWeb(this WebApplicationBuilder builder)
    {
        builder.AddPages();
        builder.Services.AddSingleton<Owners>();
    }

    public static void MapWeb(this WebApplication app)
    {
        // Of no description: they are for people.
        var pages = app.MapGroup("").ExcludeFromDescription();
        pages.MapGet("/", (HttpRequest request) => request.WantsPage() ? Results.Redirect("/find") : Results.Ok(Home));
        pages.MapFinding();
    }

    /// <summary>Read, not sent again: where a form leads (RFC 9110, 303).</summary>
    public static IResult SeeOther(this HttpResponse response, string address)
    {
        response.Headers.Location = address;
        response.Headers.CacheControl = "no-store";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>What was written into a field, without blanks around it; empty when it is not there.</summary>
    public static string Text(this IFormCollection form, string field) => form[field].ToString().Trim();
}
