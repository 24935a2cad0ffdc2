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
            .AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, cookie =>
            {
                cookie.Cookie.Name = Sessions.CookieName;
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Strict;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.SlidingExpiration = false;
            });
    }

    public static void UseAccess(this WebApplication app) => app.Use(Guard.CheckAsync);
}
