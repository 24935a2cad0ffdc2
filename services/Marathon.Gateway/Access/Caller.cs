using Marathon.Gateway.Edge;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Access;

/// <summary>Who makes this request, when they have logged in.</summary>
/// <param name="Account">Theirs, as it is now.</param>
/// <param name="SessionId">Of this login.</param>
/// <param name="ExpiresAt">When they have to log in again.</param>
/// <param name="ByCookie">Whether a browser presented it, of its own accord.</param>
internal sealed record Caller(Account Account, string SessionId, DateTimeOffset ExpiresAt, bool ByCookie)
{
    public static Caller? Of(HttpContext context) => context.Features.Get<Caller>();

    /// <summary>Tells a service from where it is asked, and by whom when they have logged in.</summary>
    public static void Present(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(CallerHeaders.Network, Networks.Coarse(context.Connection.RemoteIpAddress));
        if (Of(context) is not { Account: var account }) return;
        request.Headers.TryAddWithoutValidation(CallerHeaders.Account, account.Name);
        request.Headers.TryAddWithoutValidation(CallerHeaders.Role, account.Role.Name());
    }
}
