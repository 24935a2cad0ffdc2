using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Marathon.Gateway.Edge;

/// <summary><c>Connections:…</c>: how many there may be at once, at each replica of the gateway.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>
    /// Below what a process may usually open (20,000 files and more), and a stream takes two, one of them to a service: above it, no connection to a service could be opened either, and nobody would be answered.
    /// </summary>
    public int Most { get; init; } = 10_000;

    /// <summary>Streams of events among them; 40 % of all when not said. Every page that is looked at has one, and those who want to register need connections, too.</summary>
    public int? Streams { get; init; }

    /// <summary>As it counts.</summary>
    public int MostStreams => Streams ?? Most * 2 / 5;
}

/// <summary>How long a connection may keep the gateway waiting, and how many there may be: whoever opens thousands and says nothing must not shut others out.</summary>
internal static class Connections
{
    /// <summary>The time a body may take to arrive, in seconds.</summary>
    private const int BodySeconds = 5;

    public static void AddConnectionLimits(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Connections").Get<ConnectionOptions>() ?? new ConnectionOptions();
        if (options.Most < 1) throw new InvalidOperationException($"Connections:Most: there must be at least one, and {options.Most} was said.");
        if (options.MostStreams < 0 || options.MostStreams > options.Most) throw new InvalidOperationException($"Connections:Streams: must be from 0 to {options.Most}, which is Connections:Most.");
        builder.Services.AddSingleton(options).AddSingleton<Streams>();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            // A head comes in one piece, whatever the line; Kestrel would wait for half a minute.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // The largest body is here within its time, too. At Kestrel's own rate, 240 bytes a second, one that stops near its end is waited for for minutes.
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: RequestLimits.BodyBytes / BodySeconds, gracePeriod: TimeSpan.FromSeconds(BodySeconds));
            // Also for a connection on which nothing was ever said. A browser opens the next one in a moment.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Limits.MaxConcurrentConnections = options.Most;
        });
    }

    public static void UseLimitOfStreams(this WebApplication app) => app.Use(app.Services.GetRequiredService<Streams>().LimitAsync);
}

/// <summary>
/// The streams of events that are open. A page stays whole without one, so beyond so many it is asked to come again; its script does, more and more seldom (live.js).
/// </summary>
internal sealed class Streams(ConnectionOptions options)
{
    private int open;

    public async Task LimitAsync(HttpContext context, RequestDelegate next)
    {
        if (PublicApi.Of(context) is not { Seconds: 0 })
        {
            await next(context);
            return;
        }
        try
        {
            if (Interlocked.Increment(ref open) <= options.MostStreams) await next(context);
            else await GatewayProblems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable);
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }
}
