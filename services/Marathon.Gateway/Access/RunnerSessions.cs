using System.Security.Claims;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.Authentication;

namespace Marathon.Gateway.Access;

/// <summary>
/// The registrations that a browser has opened, with their access keys, sealed in a cookie. So a page needs no key in its address, and no script has it. A service is
/// asked with the key, as by everybody else.
/// </summary>
internal sealed class RunnerSessions(AccessOptions options, TimeProvider time)
{
    /// <summary>The cookie's scheme, and its name.</summary>
    public const string Scheme = "runner", Cookie = "marathon-runner";

    /// <summary>A family and their friends; the cookie stays well under the 4,096 bytes that browsers keep.</summary>
    private const int Most = 10;

    /// <summary>Opens one more registration for this browser. The oldest is closed when there are more than ten.</summary>
    public async Task<DateTimeOffset> AddAsync(HttpContext context, string number, string accessKey)
    {
        var now = time.GetUtcNow();
        var properties = new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + options.RunnerLifetime, AllowRefresh = false, IsPersistent = true };
        var claims = (await ClaimsAsync(context)).Where(claim => claim.Type != number).TakeLast(Most - 1).Append(new Claim(number, accessKey));
        await context.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme)), properties);
        return properties.ExpiresUtc!.Value;
    }

    /// <summary>The numbers of those that are open, the last opened first.</summary>
    public static async Task<IReadOnlyList<string>> NumbersAsync(HttpContext context) => [.. (await ClaimsAsync(context)).Select(claim => claim.Type).Reverse()];

    /// <summary>The access key of one that is open.</summary>
    public static async Task<string?> KeyOfAsync(HttpContext context, string number)
    {
        var wanted = RegistrationNumber.Normal(number);
        return (await ClaimsAsync(context)).FirstOrDefault(claim => claim.Type == wanted)?.Value;
    }

    /// <summary>Closes them all.</summary>
    public static Task EndAsync(HttpContext context) => context.SignOutAsync(Scheme);

    private static async Task<IEnumerable<Claim>> ClaimsAsync(HttpContext context) =>
        context.Request.Cookies.ContainsKey(Cookie) && await context.AuthenticateAsync(Scheme) is { Principal: { } opened } ? opened.Claims : [];
}
