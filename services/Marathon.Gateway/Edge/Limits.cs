using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Marathon.Gateway.Access;

namespace Marathon.Gateway.Edge;

/// <summary><c>Limits:…</c>: how much one visitor may ask for.</summary>
internal sealed record LimitOptions
{
    /// <summary>Calls from one address at once; then as many as come back. Wide: a mobile operator's whole town may share an address, and all want the same race.</summary>
    public int CallsFromAddress { get; init; } = 1000;

    /// <summary>See <see cref="CallsFromAddress"/>.</summary>
    public int CallsFromAddressPerMinute { get; init; } = 6000;

    /// <summary>Looks from one address at what everybody sees alike (<see cref="PublicRoute.IsShared"/>), likewise: thousands who wait in front of a race's page leave room to register.</summary>
    public int LooksFromAddress { get; init; } = 10_000;

    /// <summary>See <see cref="LooksFromAddress"/>.</summary>
    public int LooksFromAddressPerMinute { get; init; } = 60_000;

    /// <summary>Calls of one account, likewise.</summary>
    public int CallsOfAccount { get; init; } = 300;

    /// <summary>See <see cref="CallsOfAccount"/>.</summary>
    public int CallsOfAccountPerMinute { get; init; } = 3000;

    /// <summary>Wrong numbers or access keys from one address, before it has to wait for each further call about a registration.</summary>
    public int WrongKeysFromAddress { get; init; } = 60;

    /// <summary>See <see cref="WrongKeysFromAddress"/>.</summary>
    public int WrongKeysFromAddressPerMinute { get; init; } = 30;

    /// <summary>Searches by phone number from one address: each may send somebody a message.</summary>
    public int SearchesFromAddress { get; init; } = 30;

    /// <summary>See <see cref="SearchesFromAddress"/>.</summary>
    public int SearchesFromAddressPerMinute { get; init; } = 10;

    /// <summary>
    /// Networks that are not limited, with blanks between them. The machine itself is one, for load tests, and so that behind a proxy that was not named
    /// (<see cref="TrustedProxies"/>) runners do not all share one visitor's limits.
    /// </summary>
    public string Unlimited { get; init; } = "127.0.0.0/8 ::1";
}

/// <summary>
/// Keeps one visitor from taking everybody's turn, and from guessing. An address has a bucket for its calls, one for looking at what everybody sees alike, and one for calls that
/// named a registration and did not open it: a wrong number and a wrong key are answered alike, and count alike. A guess that is repeated is no new one: a program that asks for a page that is not
/// there yet, with the right key, shuts nobody out. Searches by phone number have one of their own, as a search that means well uses it up, too.
/// </summary>
internal sealed class Limits : IDisposable
{
    private readonly Buckets<string> calls, looks, wrongKeys, searches, accounts;
    private readonly Buckets<string> guesses = new(1, TimeSpan.FromMinutes(2));
    private readonly IReadOnlyList<IPNetwork> unlimited;

    public Limits(LimitOptions options)
    {
        calls = new(options.CallsFromAddress, TimeSpan.FromMinutes(1) / options.CallsFromAddressPerMinute);
        looks = new(options.LooksFromAddress, TimeSpan.FromMinutes(1) / options.LooksFromAddressPerMinute);
        accounts = new(options.CallsOfAccount, TimeSpan.FromMinutes(1) / options.CallsOfAccountPerMinute);
        wrongKeys = new(options.WrongKeysFromAddress, TimeSpan.FromMinutes(1) / options.WrongKeysFromAddressPerMinute);
        searches = new(options.SearchesFromAddress, TimeSpan.FromMinutes(1) / options.SearchesFromAddressPerMinute);
        unlimited = Networks.Read(options.Unlimited, "Limits:Unlimited");
    }

    /// <summary>For every call, before it is known who makes it.</summary>
    public async Task OfAddressAsync(HttpContext context, RequestDelegate next)
    {
        var address = context.Connection.RemoteIpAddress;
        if (unlimited.Contain(address))
        {
            await next(context);
            return;
        }
        var visitor = Networks.Of(address);
        var path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        var bucket = PublicApi.Of(context) is { IsShared: true } ? looks : calls;
        if ((bucket.Take(visitor) ?? (path is PublicApi.FindPath or PublicApi.FindForm ? searches.Take(visitor) : null)) is { } wait) await RefuseAsync(context, wait);
        else await next(context);
    }

    /// <summary>Once it is known who makes a call: of an account so many are taken; of who has none, so many that guess. The crew does not pay for who guesses beside them.</summary>
    public Task OfCallerAsync(HttpContext context, RequestDelegate next) =>
        Caller.Of(context) is { } caller ? accounts.Take(caller.Account.Name) is { } wait ? RefuseAsync(context, wait) : next(context) : OfGuessesAsync(context, next);

    private Task OfGuessesAsync(HttpContext context, RequestDelegate next)
    {
        var address = context.Connection.RemoteIpAddress;
        var path = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        if (unlimited.Contain(address) || !PublicApi.Guessable.Contains(path)) return next(context);
        var visitor = Networks.Of(address);
        if (wrongKeys.Look(visitor) is { } wait) return RefuseAsync(context, wait);
        // Before the answer leaves: whoever has it could ask again before it is counted.
        context.Response.OnStarting(() =>
        {
            if (context.Response.StatusCode == StatusCodes.Status404NotFound && IsNew(visitor, context.Request)) wrongKeys.Take(visitor);
            return Task.CompletedTask;
        });
        return next(context);
    }

    /// <summary>As far as number and key are both in the request's head. What is in a form counts each time.</summary>
    private bool IsNew(string visitor, HttpRequest request) =>
        request.RouteValues["number"] is not string number || request.Headers.Authorization.ToString() is not { Length: > 0 } key
        || guesses.Take(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{visitor} {number} {key}")))) is null;

    public void Dispose()
    {
        guesses.Dispose();
        calls.Dispose();
        looks.Dispose();
        wrongKeys.Dispose();
        searches.Dispose();
        accounts.Dispose();
    }

    private static Task RefuseAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Seconds(wait);
        return GatewayProblems.WriteTooManyRequestsAsync(context);
    }

    /// <summary>For <c>Retry-After</c>: whole seconds, at least one.</summary>
    public static string Seconds(TimeSpan wait) => Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
