using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Edge;

/// <summary>
/// The language that a reader has switched to, by <c>?lang=</c> on any page's address: kept in a cookie, and from then on what the browser asks for in <c>Accept-Language</c>. So
/// the pages, the problems and the messages by SMS are in it, and none of the services has to know.
/// </summary>
internal static class LanguageChoice
{
    private const string Cookie = "marathon-language", Parameter = "lang";

    private static readonly CookieOptions Kept = new() { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, HttpOnly = true, IsEssential = true };

    public static void UseLanguageChoice(this WebApplication app) => app.Use((context, next) =>
    {
        var asked = context.Request.QueryString.HasValue && HttpMethods.IsGet(context.Request.Method) ? context.Request.Query[Parameter].ToString() : "";
        if (IsOurs(asked)) context.Response.Cookies.Append(Cookie, asked, Kept);
        if ((IsOurs(asked) ? asked : context.Request.Cookies[Cookie]) is { } chosen && IsOurs(chosen)) context.Request.Headers.AcceptLanguage = chosen;
        return next(context);
    });

    private static bool IsOurs(string language) => language is Languages.Korean or Languages.English;
}
