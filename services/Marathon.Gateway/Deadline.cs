using System.Collections.Frozen;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Marathon.Gateway;

/// <summary>Every call gets an answer within its route's time, and what failed behind the gateway is told as a problem.</summary>
internal static class Deadline
{
    private static readonly FrozenDictionary<string, TimeSpan> ByRoute = PublicApi.Routes
        .ToFrozenDictionary(route => $"{route.Method} {route.Path}", route => TimeSpan.FromSeconds(route.Seconds));

    private static readonly TimeSpan Default = TimeSpan.FromSeconds(5);

    /// <summary>Of what the gateway answers itself: a body that comes to no end is not waited for. What goes on to a service is timed on its way there.</summary>
    public static void UseDeadline(this WebApplication app) => app.Use((context, next) =>
        context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<RouteModel>() is null ? KeepOwnAsync(context, next) : next(context));

    private static async Task KeepOwnAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await WithinAsync(Default, context, next);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
        }
    }

    public static async Task KeepAsync(HttpContext context, RequestDelegate next)
    {
        var allowed = ByRoute.GetValueOrDefault(context.GetReverseProxyFeature().Route.Config.RouteId, Default);
        var isLate = await WithinAsync(allowed, context, next);
        if (context.Features.Get<IForwarderErrorFeature>() is { } failure && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            await GatewayProblems.WriteAsync(context, StatusOf(failure.Error, isLate, context.Response.StatusCode));
    }

    /// <summary>While it lasts, the request counts as aborted when the time is over, too. Whether it was; zero: no end.</summary>
    private static async Task<bool> WithinAsync(TimeSpan allowed, HttpContext context, RequestDelegate next)
    {
        var callerLeft = context.RequestAborted;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(callerLeft);
        if (allowed > TimeSpan.Zero) deadline.CancelAfter(allowed);
        context.RequestAborted = deadline.Token;
        try { await next(context); }
        finally { context.RequestAborted = callerLeft; }
        return deadline.IsCancellationRequested;
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
