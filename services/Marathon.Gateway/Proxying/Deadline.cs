using System.Collections.Frozen;
using Marathon.Gateway.Edge;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Marathon.Gateway.Proxying;

/// <summary>Every call gets an answer within its route's time, and what failed behind the gateway is told as a problem.</summary>
internal static class Deadline
{
    private static readonly FrozenDictionary<string, TimeSpan> ByRoute = PublicApi.Routes
        .ToFrozenDictionary(route => $"{route.Method} {route.Path}", route => TimeSpan.FromSeconds(route.Seconds));

    private static readonly TimeSpan Default = TimeSpan.FromSeconds(5);

    public static async Task KeepAsync(HttpContext context, RequestDelegate next)
    {
        var allowed = ByRoute.GetValueOrDefault(context.GetReverseProxyFeature().Route.Config.RouteId, Default);
        var callerLeft = context.RequestAborted;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(callerLeft);
        if (allowed > TimeSpan.Zero) deadline.CancelAfter(allowed);
        context.RequestAborted = deadline.Token;
        try { await next(context); }
        finally { context.RequestAborted = callerLeft; }
        if (context.Features.Get<IForwarderErrorFeature>() is { } failure && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            await GatewayProblems.WriteAsync(context, StatusOf(failure.Error, deadline.IsCancellationRequested, context.Response.StatusCode));
    }

    private static int StatusOf(ForwarderError error, bool isLate, int suggested) => error switch
    {
        // The caller is slow, not the service.
        ForwarderError.RequestBodyCanceled when isLate => StatusCodes.Status408RequestTimeout,
        // The body could not be read: 413 when it grew too large.
        ForwarderError.RequestBodyClient => suggested,
        ForwarderError.NoAvailableDestinations => StatusCodes.Status503ServiceUnavailable,
        _ when isLate => StatusCodes.Status504GatewayTimeout,
        ForwarderError.RequestTimedOut => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status502BadGateway,
    };
}
