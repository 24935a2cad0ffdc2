using System.Net.Http.Json;
using Marathon.Gateway.Edge;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;

namespace Marathon.Gateway.Access;

/// <summary>
/// Opening a registration: with its access key, or with a link that came by SMS (<c>POST /registrations/find</c>). A browser gets a cookie, a program the key, told apart
/// as at <c>POST /login</c>.
/// </summary>
internal static class RunnerEndpoints
{
    public static void MapRunner(this WebApplication app)
    {
        app.MapPost("/session", OpenByKeyAsync);
        app.MapGet("/session", (HttpContext context, RunnerSessions sessions) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Ok(new { numbers = sessions.Numbers(context) });
        });
        app.MapPost("/session/end", async (HttpContext context) =>
        {
            if (await RefusesAsync(context)) return;
            RunnerSessions.End(context);
            if (!context.Request.WantsPage()) context.Response.StatusCode = StatusCodes.Status204NoContent;
            else (context.Response.StatusCode, context.Response.Headers.Location) = (StatusCodes.Status303SeeOther, PublicApi.FindPage);
        });
        // Only a page with a button: whoever looks at a link before its reader does, to show a preview or for viruses, does not use it up.
        app.MapGet("/open/{code}", (string code) => OpeningPages.Ask(code));
        app.MapPost("/open/{code}", OpenByLinkAsync);
    }

    private static async Task OpenByKeyAsync(HttpContext context, Credentials credentials, RunnerSessions sessions, IHttpClientFactory http)
    {
        if (await RefusesAsync(context)) return;
        if (credentials.Wrong() is { Count: > 0 } wrong)
        {
            await Problems.Invalid(wrong).ExecuteAsync(context);
            return;
        }
        // What cannot be a number is none, and goes into no address.
        if (!RegistrationNumber.TryParse(credentials.Number, out var number))
        {
            await Problems.NotFound().ExecuteAsync(context);
            return;
        }
        var answer = await http.AskAsync(HttpMethod.Get, ServiceNames.Registration, $"/registrations/{number}", context,
            request => request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + credentials.AccessKey));
        if (answer.Status == StatusCodes.Status200OK) await OpenedAsync(context, sessions, answer.Body!["number"]!.GetValue<string>(), credentials.AccessKey!);
        else await (answer.Status == StatusCodes.Status404NotFound ? Problems.NotFound().ExecuteAsync(context) : GatewayProblems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable));
    }

    private static async Task OpenByLinkAsync(string code, HttpContext context, RunnerSessions sessions, IHttpClientFactory http)
    {
        if (await RefusesAsync(context)) return;
        var link = await http.AskAsync(HttpMethod.Post, ServiceNames.Notification, "/links/use", context, request => request.Content = JsonContent.Create(new { code }));
        var opened = link.Status == StatusCodes.Status200OK
            ? await http.AskAsync(HttpMethod.Post, ServiceNames.Registration, "/access-keys", context, request => request.Content = JsonContent.Create(link.Body))
            : link;
        if (opened.Status == StatusCodes.Status200OK) await OpenedAsync(context, sessions, link.Body!["number"]!.GetValue<string>(), opened.Body!["accessKey"]!.GetValue<string>(), "/mypage/");
        else if (context.Request.IsBrowser()) await (opened.Status == StatusCodes.Status404NotFound ? OpeningPages.Gone(code) : OpeningPages.Later(code)).ExecuteAsync(context);
        else if (opened.Status == StatusCodes.Status404NotFound) await Problems.NotFound().ExecuteAsync(context);
        else await GatewayProblems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable);
    }

    /// <param name="next">Where a browser goes from here, before the number; null: it stays.</param>
    private static async Task OpenedAsync(HttpContext context, RunnerSessions sessions, string number, string accessKey, string? next = null)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.IsBrowser())
        {
            await TypedResults.Ok(new { number, accessKey }).ExecuteAsync(context);
            return;
        }
        var expiresAt = sessions.Add(context, number, accessKey);
        if (next is null) await TypedResults.Ok(new { number, expiresAt }).ExecuteAsync(context);
        // 303: what follows the form is read, not sent again.
        else (context.Response.StatusCode, context.Response.Headers.Location) = (StatusCodes.Status303SeeOther, next + number);
    }

    /// <summary>Somebody else's page must not open a registration in a visitor's browser: they might take it for their own.</summary>
    private static async Task<bool> RefusesAsync(HttpContext context)
    {
        if (!context.Request.IsOfAnotherSite()) return false;
        await GatewayProblems.WriteCrossSiteAsync(context);
        return true;
    }

    private sealed record Credentials(string? Number, string? AccessKey)
    {
        public Dictionary<string, FormattableString> Wrong()
        {
            var errors = new Dictionary<string, FormattableString>();
            if (Number is not { Length: > 0 and <= 20 }) errors["number"] = $"is required, with at most {20} characters";
            if (AccessKey is not { Length: > 0 and <= 200 } key || key.Any(symbol => symbol is < '!' or > '~')) errors["accessKey"] = $"is required, with at most {200} printable ASCII characters";
            return errors;
        }
    }
}
