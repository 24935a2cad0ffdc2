using Microsoft.Extensions.Configuration;

namespace Marathon.ServiceDefaults.Local;

/// <summary>
/// Where the services are: <c>services:{name}:http:{n}</c>, the keys that Aspire's service discovery reads too. Replicas are taken in turn. One that has refused a connection is
/// left out for a while: the others can do all of it, and a circuit would open for them as well if every second call failed.
/// </summary>
internal sealed class ServiceEndpoints(IConfiguration configuration)
{
    private static readonly long Away = (long)TimeSpan.FromSeconds(2).TotalMilliseconds;

    private readonly Dictionary<string, Replica[]> addresses = configuration.GetSection("services").GetChildren().ToDictionary(
        service => service.Key,
        service => service.GetSection("http").GetChildren().Select(replica => new Replica(new Uri(replica.Value!))).ToArray(),
        StringComparer.OrdinalIgnoreCase);

    private uint turn;

    /// <summary>All replicas, in the order in which they are to be tried: whose turn it is first, and last those that are left out. None: it is no service of ours.</summary>
    public IReadOnlyList<Replica> InTurn(string service)
    {
        if (!addresses.TryGetValue(service, out var replicas) || replicas.Length < 2) return replicas ?? [];
        var first = (int)(Interlocked.Increment(ref turn) % (uint)replicas.Length);
        var now = Environment.TickCount64;
        // Stable: those of each kind stay in turn.
        return [.. replicas.Skip(first).Concat(replicas.Take(first)).OrderBy(replica => replica.IsAwayAt(now))];
    }

    internal sealed class Replica(Uri address)
    {
        private long backAt = long.MinValue;

        public Uri Address => address;

        public bool IsAwayAt(long now) => now < Volatile.Read(ref backAt);

        public void NoteAway() => Volatile.Write(ref backAt, Environment.TickCount64 + Away);
    }
}

/// <summary>Inside the resilience handler, so that a retry goes to the next replica. A connection that is refused has carried nothing, so another replica may be asked at once.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceEndpoints endpoints) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var named = request.RequestUri!;
        var replicas = endpoints.InTurn(named.Host);
        if (replicas.Count == 0) return await base.SendAsync(request, cancellationToken);

        try
        {
            for (var untried = replicas.Count - 1; ; untried--)
            {
                var replica = replicas[^(untried + 1)];
                request.RequestUri = new Uri(replica.Address, named.PathAndQuery);
                try { return await base.SendAsync(request, cancellationToken); }
                catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
                {
                    replica.NoteAway();
                    if (untried == 0) throw;
                }
            }
        }
        finally { request.RequestUri = named; }
    }
}
