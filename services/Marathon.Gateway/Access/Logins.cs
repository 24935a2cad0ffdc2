using Marathon.Gateway.Edge;

namespace Marathon.Gateway.Access;

/// <summary>Checking who somebody is, for programs and for the form alike.</summary>
internal sealed class Logins(Accounts accounts, Passwords passwords, Guesses guesses, Sessions sessions)
{
    /// <summary>The account; without one the status of the answer, and after too many attempts the seconds to wait.</summary>
    public async Task<(Account? Account, string? Wait, int Status)> CheckAsync(HttpContext context, string written, string password)
    {
        var (name, address) = (Account.Normal(written), context.Connection.RemoteIpAddress);
        if (guesses.Wait(name, address) is { } wait)
        {
            var seconds = Limits.Seconds(wait);
            context.Response.Headers.RetryAfter = seconds;
            return (null, seconds, StatusCodes.Status429TooManyRequests);
        }
        var account = accounts.Find(name);
        var isRight = await passwords.IsRightAsync(account, password, context.RequestAborted);
        if (isRight is null) return (null, null, StatusCodes.Status503ServiceUnavailable);
        if (isRight is false) return (null, null, StatusCodes.Status401Unauthorized);
        guesses.Succeeded(account!.Name, address);
        context.Response.Headers.CacheControl = "no-store";
        return (account, null, StatusCodes.Status200OK);
    }

    /// <summary>Gives the browser a cookie.</summary>
    public Task<DateTimeOffset> StartAsync(HttpContext context, Account account) => sessions.StartCookieAsync(context, account);
}
