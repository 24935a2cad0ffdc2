using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Marathon.Gateway.Edge;

/// <summary>How long a connection may keep the gateway waiting, and how many there may be: whoever opens thousands and says nothing must not shut others out.</summary>
internal static class Connections
{
    /// <summary>The time a body may take to arrive, in seconds.</summary>
    private const int BodySeconds = 5;

    public static void AddConnectionLimits(this WebApplicationBuilder builder) => builder.Services.Configure<KestrelServerOptions>(kestrel =>
    {
        // A head comes in one piece, whatever the line; Kestrel would wait for half a minute.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // The largest body is here within its time, too. At Kestrel's own rate, 240 bytes a second, one that stops near its end is waited for for minutes.
        kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: RequestLimits.BodyBytes / BodySeconds, gracePeriod: TimeSpan.FromSeconds(BodySeconds));
        // Also for a connection on which nothing was ever said. A browser opens the next one in a moment.
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        // Below what a process may usually open (20,000 files and more): above it, no connection to a service could be opened either, and nobody would be answered.
        kestrel.Limits.MaxConcurrentConnections = 10_000;
    });
}
