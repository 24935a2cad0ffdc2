using Marathon.Gateway.Edge;
using Yarp.ReverseProxy.Forwarder;

namespace Marathon.Gateway.Proxying;

/// <summary>Every call gets an answer within its route's time, whether a service answers it or the gateway itself, and what failed behind the gateway is told as a problem.</summary>
internal static class Deadline
{
    public static void UseDeadline(this WebApplication app) => app.Use(KeepAsync);

    private static async Task KeepAsync(HttpContext context, RequestDelegate next)
    {
        // What the table does not name is not there, and that is told at once.
        var allowed = TimeSpan.FromSeconds(PublicApi.Of(context)?.Seconds ?? 0);
        var callerLeft = context.RequestAborted;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(callerLeft);
        if (allowed > TimeSpan.Zero) deadline.CancelAfter(allowed);
        context.RequestAborted = deadline.Token;
        var isGivenUp = false;
        try { await next(context); }
        // The gateway's own answers wait for nothing that does not end with the request.
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !callerLeft.IsCancellationRequested && !context.Response.HasStarted) { isGivenUp = true; }
        finally { context.RequestAborted = callerLeft; }
        if (context.Response.HasStarted || callerLeft.IsCancellationRequested) return;
        if (isGivenUp) await GatewayProblems.WriteAsync(context, StatusCodes.Status504GatewayTimeout);
        else if (context.Features.Get<IForwarderErrorFeature>() is { } failure)
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
