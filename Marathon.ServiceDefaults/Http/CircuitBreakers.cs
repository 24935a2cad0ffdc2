using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly.CircuitBreaker;

namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// The circuit breakers of this process, one for each service that it has called, and one for what it asks of it in the background: in <c>/health</c>, and as
/// <c>marathon.circuit.open</c> by service. An open circuit does not make the caller unready: it goes on without the other, and that is what the breaker is for.
/// </summary>
public sealed class CircuitBreakers : IHealthCheck
{
    private readonly ConcurrentDictionary<string, CircuitBreakerStateProvider> breakers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Made once.</summary>
    public CircuitBreakers(IMeterFactory meters) => meters.Create("Marathon.Http").CreateObservableGauge("marathon.circuit.open",
        () => States().Select(breaker => new Measurement<int>(IsClosed(breaker.State) ? 0 : 1, new KeyValuePair<string, object?>("service", breaker.Service))),
        description: "1 while calls to the service are refused at once, or one of them tries how it is");

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var states = States();
        var open = states.Where(breaker => !IsClosed(breaker.State)).Select(breaker => breaker.Service).ToList();
        var data = states.ToDictionary(breaker => breaker.Service, breaker => (object)breaker.State.ToString());
        return Task.FromResult(open.Count > 0
            ? HealthCheckResult.Degraded($"Most calls to {string.Join(", ", open)} failed: they are refused for a moment, then tried again.", data: data)
            : HealthCheckResult.Healthy(data: data));
    }

    /// <summary>What the breaker of the pipeline with this <see cref="HttpResilience.KeyOf">key</see> tells its state to.</summary>
    internal CircuitBreakerStateProvider Of(string key) => breakers.GetOrAdd(key, _ => new CircuitBreakerStateProvider());

    private List<(string Service, CircuitState State)> States() => [.. breakers.Select(breaker => (breaker.Key, breaker.Value.CircuitState))];

    private static bool IsClosed(CircuitState state) => state is CircuitState.Closed;
}
