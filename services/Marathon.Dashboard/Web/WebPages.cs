using Marathon.Dashboard.Web.Finding;
using Marathon.Dashboard.Web.Own;
using Marathon.Dashboard.Web.Races;
using Marathon.Dashboard.Web.Registering;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Dashboard.Web;

/// <summary>The pages: server-rendered, whole without script. Which addresses there are, and for whom, is the gateway's to say (PublicApi.cs).</summary>
internal static class WebPages
{
    public static void AddWeb(this WebApplicationBuilder builder)
    {
        builder.AddPages();
        builder.Services.AddSingleton(builder.Configuration.GetSection("Web").Get<WebOptions>() ?? new WebOptions());
        builder.Services.AddSingleton<Owners>().AddSingleton<SharedPages>();
    }

    public static void MapWeb(this WebApplication app)
    {
        // Of no description: they are for people.
        var pages = app.MapGroup("").ExcludeFromDescription();
        pages.MapRacePages();
        pages.MapRegistering();
        pages.MapOwnPages();
        pages.MapFinding();
    }

    /// <summary>Read, not sent again: where a form leads (RFC 9110, 303).</summary>
    public static IResult SeeOther(this HttpResponse response, string address)
    {
        response.Headers.Location = address;
        response.Headers.CacheControl = "no-store";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>The owner's answer as it came, for a program that has sent a form.</summary>
    public static IResult AsItCame(this Reply answer) => answer.Body is null
        ? Problems.Problem(answer.Status, "unavailable", "The service cannot answer right now. Try again in a few seconds.")
        : Results.Json(answer.Body, contentType: answer.IsSuccess ? "application/json" : "application/problem+json", statusCode: answer.Status);

    /// <summary>The numbers of what this browser has opened, where the gateway tells them.</summary>
    public static string[] Opened(this HttpRequest request) => request.Headers[RunnerHeaders.Opened].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
