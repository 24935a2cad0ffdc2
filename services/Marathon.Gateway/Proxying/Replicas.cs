using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Marathon.Gateway.Proxying;

/// <summary>
/// A replica that could not be connected to has seen nothing of the call, so another one may take it, whatever the method: one replica's
/// death goes unnoticed. A call that was under way when the replica died is not repeated here; its caller does that, with the same key.
/// </summary>
internal static class OtherReplica
{
    public static async Task TryAsync(HttpContext context, RequestDelegate next)
    {
        var proxy = context.GetReverseProxyFeature();
        var untried = proxy.AvailableDestinations;
        await next(context);
        while (Unreachable.IsReasonFor(context) && untried.Count > 1 && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            untried = [.. untried.Where(replica => replica != proxy.ProxiedDestination)];
            proxy.AvailableDestinations = untried;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next(context);
        }
    }
}

/// <summary>Leaves a replica that could not be connected to out for a while, then tries it again.</summary>
internal sealed class LeaveOutUnreachable(IDestinationHealthUpdater health, ILogger<LeaveOutUnreachable> logger) : IPassiveHealthCheckPolicy
{
    public string Name => nameof(LeaveOutUnreachable);

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (!Unreachable.IsReasonFor(context) || destination.Health.Passive == DestinationHealth.Unhealthy) return;
        logger.LogWarning("{Replica} cannot be reached", destination.DestinationId);
        health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, cluster.Model.Config.HealthCheck!.Passive!.ReactivationPeriod!.Value);
    }
}

internal static class Unreachable
{
    /// <summary>No connection: the request has not been sent.</summary>
    public static bool IsReasonFor(HttpContext context) => context.Features.Get<IForwarderErrorFeature>() is
    {
        Error: ForwarderError.Request,
        Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError },
    };
}
