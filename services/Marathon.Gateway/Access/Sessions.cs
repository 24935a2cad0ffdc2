using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace Marathon.Gateway.Access;

/// <summary>
/// Logins, as ASP.NET Core's cookie and bearer-token handlers keep them: sealed, in the caller's hands. What they say is the account's name; its role is
/// looked up each time, so that a removed account, another role and a new password count at once.
/// </summary>
internal sealed class Sessions(AccessOptions options, Accounts accounts, IOptionsMonitor<BearerTokenOptions> bearer, TimeProvider time)
{
    /// <summary>The name of the cookie.</summary>
    public const string CookieName = "marathon";

    private const string Cookie = CookieAuthenticationDefaults.AuthenticationScheme, Bearer = BearerTokenDefaults.AuthenticationScheme;
    private const string Stamp = "stamp", Id = "sid";

    /// <summary>"Bearer" and an access key, 40 characters, with room to spare; a token of ours has hundreds.</summary>
    private const int LongestOfARunner = 100;

    /// <summary>Logged out before their time. Known to this replica only, until they would have ended anyway.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> ended = new();

    /// <summary>Gives the browser a cookie.</summary>
    public async Task<DateTimeOffset> StartCookieAsync(HttpContext context, Account account)
    {
        var properties = Until(options.CookieLifetime);
        await context.SignInAsync(Cookie, Principal(account, Cookie), properties);
        return properties.ExpiresUtc!.Value;
    }

    /// <summary>A token for a program.</summary>
    public (string Token, DateTimeOffset ExpiresAt) StartToken(Account account)
    {
        var properties = Until(options.TokenLifetime);
        return (bearer.Get(Bearer).BearerTokenProtector.Protect(new AuthenticationTicket(Principal(account, Bearer), properties, $"{Bearer}:AccessToken")), properties.ExpiresUtc!.Value);
    }

    /// <summary>Who the request's token or cookie belongs to; a token goes before a cookie.</summary>
    public async Task<Caller?> FindAsync(HttpContext context)
    {
        var byCookie = context.Request.Headers.Authorization.Count == 0;
        var result = await context.AuthenticateAsync(byCookie ? Cookie : Bearer);
        return result is { Principal: { } principal, Properties.ExpiresUtc: { } expires }
            && principal.FindFirstValue(Id) is { } id && !ended.ContainsKey(id)
            && principal.Identity?.Name is { } name && accounts.Find(name) is { } account && account.Stamp == principal.FindFirstValue(Stamp)
            ? new Caller(account, id, expires, byCookie)
            : null;
    }

    /// <summary>Whether a login is presented at all, be it good or not any more: a runner's access key is none.</summary>
    public static bool IsPresented(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } authorization] ? authorization.Length > LongestOfARunner : context.Request.Cookies.ContainsKey(CookieName);

    public Task EndAsync(HttpContext context, Caller caller)
    {
        foreach (var (id, expires) in ended)
            if (expires < time.GetUtcNow()) ended.TryRemove(id, out _);
        ended[caller.SessionId] = caller.ExpiresAt;
        return caller.ByCookie ? context.SignOutAsync(Cookie) : Task.CompletedTask;
    }

    private AuthenticationProperties Until(TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        return new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + lifetime, AllowRefresh = false };
    }

    private static ClaimsPrincipal Principal(Account account, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, account.Name), new(Stamp, account.Stamp), new(Id, Guid.NewGuid().ToString("N"))], scheme));
}
