using Microsoft.Extensions.Configuration;

namespace Marathon.ServiceDefaults.Local;

/// <summary>
/// Where the services are: <c>services:{name}:http:{n}</c>, the keys that Aspire's service discovery reads too. Replicas are taken in turn.
/// </summary>
internal sealed class ServiceEndpoints(IConfiguration configuration)
{
    private readonly Dictionary<string, Uri[]> addresses = configuration.GetSection("services").GetChildren().ToDictionary(
        service => service.Key,
        service => service.GetSection("http").GetChildren().Select(replica => new Uri(replica.Value!)).ToArray(),
        StringComparer.OrdinalIgnoreCase);

    private uint turn;

    public Uri? Next(string service) => addresses.TryGetValue(service, out var replicas) && replicas.Length > 0
        ? replicas[Interlocked.Increment(ref turn) % (uint)replicas.Length]
        : null;
}

/// <summary>Inside the resilience handler, so that a retry goes to the next replica.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceEndpoints endpoints) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var named = request.RequestUri!;
        if (endpoints.Next(named.Host) is not { } address) return await base.SendAsync(request, cancellationToken);

        request.RequestUri = new Uri(address, named.PathAndQuery);
        try { return await base.SendAsync(request, cancellationToken); }
        finally { request.RequestUri = named; }
    }
}
