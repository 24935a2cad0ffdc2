using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Marathon.Gateway.Access;

internal static class AccessExtensions
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Access").Get<AccessOptions>() ?? new AccessOptions();
        builder.Services.AddSingleton(options).AddSingleton<Accounts>().AddSingleton<Passwords>().AddSingleton<Guesses>().AddSingleton<Sessions>().AddSingleton<Logins>().AddSingleton<RunnerSessions>();
        builder.Services.AddSessionKey(options.SessionKey);
        // No default scheme: a runner's access key is a bearer token too, and none of ours.
        builder.Services.AddAuthentication()
            .AddBearerToken(BearerTokenDefaults.AuthenticationScheme)
            .AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, cookie => Prepare(cookie, Sessions.CookieName, SameSiteMode.Strict))
            // Lax: a link to my page in somebody's message leads to the page. What changes something is checked by its origin.
            .AddCookie(RunnerSessions.Scheme, cookie => Prepare(cookie, RunnerSessions.Cookie, SameSiteMode.Lax));

        static void Prepare(CookieAuthenticationOptions options, string name, SameSiteMode sameSite)
        {
            options.Cookie.Name = name;
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = sameSite;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SlidingExpiration = false;
        }
    }

    public static void UseAccess(this WebApplication app) => app.Use(Guard.CheckAsync);
}
