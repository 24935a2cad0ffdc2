using System.Net;
using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marathon.Gateway.Desks;

/// <summary>Logging in by a form, and on to where one wanted to go.</summary>
internal static class ConsoleLogin
{
    public static void MapConsoleLogin(this WebApplication app)
    {
        app.MapGet(Console.LogIn, (string? next) => Show(next));
        app.MapPost(Console.LogIn, async Task<IResult> (HttpContext context, Logins logins) =>
        {
            var form = await context.Request.FormAsync();
            var (name, password, next) = (form["account"].ToString(), form["password"].ToString(), form["next"].ToString());
            var words = new Words(Written.IsKorean(Languages.Of(context.Request)));
            if (name.Length is 0 or > 100 || password.Length is 0 or > Passwords.Longest) return Refuse(words.WrongLogin, StatusCodes.Status422UnprocessableEntity);
            var (account, wait, status) = await logins.CheckAsync(context, name, password);
            if (account is null) return Refuse(wait is not null ? words.TooManyAttempts(wait) : status == StatusCodes.Status401Unauthorized ? words.WrongLogin : words.LogInLater, status);
            await logins.StartAsync(context, account);
            return SeeOther(context, IsOurs(next) ? next : Console.Home);

            IResult Refuse(string why, int status) => context.Request.WantsPage() ? Show(next, name, why, status) : Results.StatusCode(status);
        });
        app.MapPost(Console.LogOut, async (HttpContext context, Sessions sessions) =>
        {
            await sessions.EndAsync(context, Caller.Of(context)!);
            return SeeOther(context, Console.LogIn);
        });
    }

    /// <summary>Who is led to a page of the console and has not logged in does that first.</summary>
    public static bool IsFor(HttpContext context) => context.Request.Path.StartsWithSegments(Console.Home) && context.Request.WantsPage();

    public static Task SendToAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        // What was typed into a form is to be typed again, on its page where that has the same address.
        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var next = PublicApi.Routes.Any(route => route.Method == "GET" && route.Path == pattern) ? context.Request.Path + context.Request.QueryString : Console.Home;
        return SeeOther(context, $"{Console.LogIn}?next={Uri.EscapeDataString(next)}").ExecuteAsync(context);
    }

    private static StatusCodeHttpResult SeeOther(HttpContext context, string address)
    {
        context.Response.Headers.Location = address;
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>A page of the console, and of no other site.</summary>
    private static bool IsOurs(string? address) => address is not null && (address == Console.Home || address.StartsWith(Console.Home + "/", StringComparison.Ordinal)) && !address.Any(char.IsControl);

    private static Page<LoginPage> Show(string? next, string? account = null, string? error = null, int status = (int)HttpStatusCode.OK) =>
        new(new() { [nameof(LoginPage.Next)] = IsOurs(next) ? next : null, [nameof(LoginPage.Account)] = account, [nameof(LoginPage.Error)] = error }, status);
}
