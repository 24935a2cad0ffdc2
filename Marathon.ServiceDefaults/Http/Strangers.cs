using Microsoft.Extensions.DependencyInjection;

namespace Marathon.ServiceDefaults.Http;

/// <summary>Calls of servers that are none of ours: a provider's.</summary>
public static class Strangers
{
    /// <summary>
    /// Makes a client for a stranger, with so many <paramref name="connections"/> at most. What services have between them is wrong there: no retries behind our back, no
    /// discovery, no credential of ours, no redirects, and no log of addresses, which may have keys in them. Whoever has the client may keep it: its connections are
    /// renewed after five minutes.
    /// </summary>
    public static IHttpClientBuilder ForStranger(this IHttpClientBuilder client, int connections) => client
        .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
        .RemoveAllLoggers()
        .UseSocketsHttpHandler((handler, _) =>
        {
            handler.MaxConnectionsPerServer = connections;
            handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
            handler.AllowAutoRedirect = false;
        })
        .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
}
