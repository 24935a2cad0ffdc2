using Marathon.Gateway.Access;
using Marathon.Gateway.Edge;
using Marathon.ServiceDefaults.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Marathon.Gateway.Proxying;

/// <summary>The public routes as YARP's, to the replicas named in configuration.</summary>
internal static class Proxy
{
    /// <summary>
    /// What of a caller's headers a service gets to see. Anything else an outsider may send, above all under the name of the services'
    /// credential, of the headers that say who is asking or of a proxy's, ends here.
    /// </summary>
    private static readonly string[] PublicHeaders =
    [
        "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Content-Length", "Content-Type",
        "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "User-Agent", "X-Carrier-Signature", "X-Solapi-Secret",
    ];

    public static void AddProxy(this WebApplicationBuilder builder)
    {
        // A service that is down would otherwise fill the log with the same stack thousands of times a second; LeaveOutUnreachable says it once.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error);

        builder.Services.AddSingleton<IPassiveHealthCheckPolicy, LeaveOutUnreachable>();
        builder.Services.AddReverseProxy()
            .LoadFromMemory(
                [.. PublicApi.Routes.Where(route => route.Service != PublicApi.Gateway).Select(ToRoute)],
                [.. ServiceNames.BehindGateway.Select(service => ToCluster(service, builder.Configuration))])
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(1);
                handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2);
            })
            .AddTransforms(AddTransforms);
    }

    public static void MapProxy(this WebApplication app) => app.MapReverseProxy(proxy =>
    {
        proxy.Use(OtherReplica.TryAsync);
        proxy.UseLoadBalancing();
        proxy.UsePassiveHealthChecks();
    });

    private static RouteConfig ToRoute(PublicRoute route)
    {
        var config = new RouteConfig
        {
            RouteId = $"{route.Method} {route.Path}",
            ClusterId = route.Service,
            Match = new RouteMatch { Methods = [route.Method], Path = route.Path },
            MaxRequestBodySize = route.BodyBytes,
        };
        // The description of a service's API names the address it was asked under: the gateway's.
        return route.IsDescription() ? config.WithTransformPathSet("/openapi/v1.json").WithTransformUseOriginalHostHeader() : config;
    }

    private static ClusterConfig ToCluster(string service, ConfigurationManager configuration) => new()
    {
        ClusterId = service,
        // The same keys that Aspire's service discovery reads.
        Destinations = configuration.GetSection($"services:{service}:http").GetChildren()
            .ToDictionary(replica => $"{service}/{replica.Key}", replica => new DestinationConfig { Address = replica.Value! }),
        LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices,
        HttpRequest = new() { Version = new Version(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HealthCheck = new HealthCheckConfig
        {
            Passive = new() { Enabled = true, Policy = nameof(LeaveOutUnreachable), ReactivationPeriod = TimeSpan.FromSeconds(2) },
            // When no replica answers, all are asked: the gateway never makes an outage of its own.
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
        },
    };

    private static void AddTransforms(TransformBuilderContext route)
    {
        var credential = route.Services.GetRequiredService<ServiceCredential>();
        route.AddRequestHeadersAllowed(PublicHeaders);
        route.AddXForwarded(ForwardedTransformActions.Set);
        route.AddRequestHeader(ServiceCredential.Header, credential.Key, append: false);
        route.AddRequestTransform(request =>
        {
            // A service is told who it is; the token itself is nobody else's business. (A runner's access key is for the service, and passes.)
            if (Caller.Of(request.HttpContext) is not null) request.ProxyRequest.Headers.Authorization = null;
            Caller.Present(request.HttpContext, request.ProxyRequest);
            return default;
        });
        Opening.AddTransforms(route);
        Browsers.AddTransforms(route);
        route.AddResponseTransform(ErrorPages.ForReadersAsync);
    }
}
