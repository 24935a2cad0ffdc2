using System.Globalization;
using System.Security.Cryptography;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.DataProtection;

namespace Marathon.Gateway.Access;

/// <summary>
/// The registrations that a browser has opened, with their access keys, each sealed in a cookie of its own: two that are opened at the same moment, in two tabs, do not overwrite one another. So a page needs no key in
/// its address, and no script has it. A service is asked with the key, as by everybody else.
/// </summary>
internal sealed class RunnerSessions(AccessOptions options, IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>What the cookies' names begin with; the registration's number follows.</summary>
    public const string Cookies = "marathon-runner-";

    /// <summary>A family and their friends: together three kilobytes, of the 32 that a request's head may have.</summary>
    private const int Most = 10;

    private readonly IDataProtector seal = protection.CreateProtector("Marathon.Runner");

    /// <summary>Opens one more registration for this browser. The oldest is closed when there are more than ten.</summary>
    /// <returns>Until when it is open.</returns>
    public DateTimeOffset Add(HttpContext context, string number, string accessKey)
    {
        var (now, name) = (time.GetUtcNow(), NameOf(number));
        var until = now + options.RunnerLifetime;
        var kept = Opened(context).Select(one => NameOf(one.Number)).Where(other => other != name).Take(Most - 1).ToHashSet();
        // Also what can no longer be read, from before another key.
        foreach (var other in NamesIn(context).Where(other => other != name && !kept.Contains(other))) Close(context, other);
        context.Response.Cookies.Append(name, seal.Protect(FormattableString.Invariant($"{now.UtcTicks} {number} {accessKey}")), Attributes(context, until));
        return until;
    }

    /// <summary>The numbers of those that are open, the last opened first.</summary>
    public IReadOnlyList<string> Numbers(HttpContext context) => [.. Opened(context).Select(one => one.Number)];

    /// <summary>The access key of one that is open.</summary>
    public string? KeyOf(HttpContext context, string number) => Read(context, NameOf(number))?.AccessKey;

    /// <summary>Closes them all.</summary>
    public static void End(HttpContext context)
    {
        foreach (var name in NamesIn(context)) Close(context, name);
    }

    private static string NameOf(string number) => Cookies + RegistrationNumber.Normal(number);

    private static IEnumerable<string> NamesIn(HttpContext context) => context.Request.Cookies.Keys.Where(name => name.StartsWith(Cookies, StringComparison.Ordinal));

    private IEnumerable<OneOpened> Opened(HttpContext context) => NamesIn(context).Select(name => Read(context, name)).OfType<OneOpened>().OrderByDescending(one => one.At);

    /// <summary>Null when there is none, it is none of ours, or its time is over.</summary>
    private OneOpened? Read(HttpContext context, string name)
    {
        if (context.Request.Cookies[name] is not { } value) return null;
        try
        {
            return seal.Unprotect(value).Split(' ') is [var ticks, var number, var accessKey] && NameOf(number) == name
                && new DateTimeOffset(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero) is var at && at + options.RunnerLifetime > time.GetUtcNow()
                ? new OneOpened(at, number, accessKey)
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static void Close(HttpContext context, string name) => context.Response.Cookies.Delete(name, Attributes(context));

    /// <summary>Lax: a link to my page in somebody's message leads to the page. What changes something is checked by its origin.</summary>
    private static CookieOptions Attributes(HttpContext context, DateTimeOffset? until = null) => new() { Expires = until, HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, IsEssential = true };

    private sealed record OneOpened(DateTimeOffset At, string Number, string AccessKey);
}
