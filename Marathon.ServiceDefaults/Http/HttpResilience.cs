using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// The resilience of calls between services, written once; the pipeline is attached by Microsoft.Extensions.Http.Resilience in the
/// Aspire build and by a message handler in the Local one. Times in milliseconds, configured under <c>Resilience</c>.
/// A retry repeats the request with the same key: a call that is not idempotent says so (<see cref="HttpResilience.Once"/>).
/// </summary>
public sealed class HttpResilienceOptions
{
    /// <summary>One attempt. 610: the slowest answers of the original payment simulation (400 to 620) fall just outside.</summary>
    public int AttemptTimeout { get; set; } = 610;

    /// <summary>The whole call, retries and pauses included; a caller waits no longer than this.</summary>
    public int TotalTimeout { get; set; } = 1300;

    /// <summary>Repeats at most, after the first attempt.</summary>
    public int Retries { get; set; } = 2;

    /// <summary>The middle of the first pause; the pauses are jittered and grow.</summary>
    public int RetryDelay { get; set; } = 40;

    /// <summary>Repeats allowed per hundred calls, so that retries never multiply an overload.</summary>
    public int RetryPercent { get; set; } = 20;

    /// <summary>Share of failures, within ten seconds and at least twenty calls, that opens the circuit: answers that do not come, or say that the server is at fault and not when to come again.</summary>
    public double BreakAtFailureRatio { get; set; } = 0.5;

    /// <summary>How long the circuit stays open before one call may try again.</summary>
    public int BreakDuration { get; set; } = 2000;

    /// <summary>Calls at once; one more waits for a place within the total timeout.</summary>
    public int Concurrency { get; set; } = 512;

    /// <summary>
    /// Of the calls that nobody waits for (<see cref="HttpResilience.InBackground"/>). They have pipelines of their own, also where this is null and they are as the others: whatever
    /// the circuit of the others does, they go on.
    /// </summary>
    public HttpResilienceOptions? Background { get; set; }

    /// <summary>Those of the pipeline with this <see cref="HttpResilience.KeyOf">key</see>.</summary>
    internal HttpResilienceOptions Of(string key)
    {
        if (key.EndsWith(HttpResilience.BackgroundKey, StringComparison.Ordinal)) return Background ?? this;
        if (!key.EndsWith(HttpResilience.OnceKey, StringComparison.Ordinal)) return this;
        var once = (HttpResilienceOptions)MemberwiseClone();
        once.Retries = 0;
        return once;
    }
}

/// <inheritdoc cref="HttpResilienceOptions"/>
public static class HttpResilience
{
    /// <summary>The name of the pipeline, in telemetry and configuration.</summary>
    public const string Name = "services";

    /// <summary>Set of a request that nobody waits for.</summary>
    public static readonly HttpRequestOptionsKey<bool> InBackground = new("Marathon.InBackground");

    /// <summary>Set of a request that would be done twice if it were repeated.</summary>
    public static readonly HttpRequestOptionsKey<bool> Once = new("Marathon.Once");

    /// <summary>What the keys of the pipelines for these end with.</summary>
    internal const string BackgroundKey = "-background", OnceKey = "-once";

    /// <summary>A pipeline for each service that is called: one that fails must not keep us from another. And one each for what is asked of it in the background, and for what is not repeated.</summary>
    public static string KeyOf(HttpRequestMessage request) => request.RequestUri!.Host + (Is(request, InBackground) ? BackgroundKey : Is(request, Once) ? OnceKey : "");

    private static bool Is(HttpRequestMessage request, HttpRequestOptionsKey<bool> option) => request.Options.TryGetValue(option, out var isSet) && isSet;

    /// <summary>From the outside in: total timeout, bulkhead, retry, circuit breaker (which tells its <paramref name="state"/>), attempt timeout.</summary>
    public static void Configure(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, HttpResilienceOptions options, CircuitBreakerStateProvider state)
    {
        var budget = new RetryBudget(options.RetryPercent);
        pipeline
            .AddTimeout(TimeSpan.FromMilliseconds(options.TotalTimeout))
            .AddStrategy(_ => new Bulkhead(new SemaphoreSlim(options.Concurrency)), new BulkheadOptions());
        if (options.Retries > 0)
            pipeline.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.AttemptNumber < options.Retries && IsTransient(arguments.Outcome)
                    && arguments.Outcome.Exception is not BrokenCircuitException && budget.TryTake()),
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(options.RetryDelay),
                MaxDelay = TimeSpan.FromMilliseconds(options.AttemptTimeout),
            });
        pipeline
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = arguments =>
                {
                    budget.Count();
                    return ValueTask.FromResult(IsTransient(arguments.Outcome));
                },
                FailureRatio = options.BreakAtFailureRatio,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromMilliseconds(options.BreakDuration),
                StateProvider = state,
            })
            .AddTimeout(TimeSpan.FromMilliseconds(options.AttemptTimeout));
    }

    /// <summary>
    /// Worth another attempt: no answer, or one that says the server, not the request, is at fault. One that says when to come again is from a server that
    /// lives and has too much to do: it is not asked again at once, and nobody else is kept from it.
    /// </summary>
    public static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Result: { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null } } => false,
        { Exception: HttpRequestException or TimeoutRejectedException or BrokenCircuitException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };

    /// <summary>A bucket that fills by a part of a token per call and starts with a few, from which each retry takes one.</summary>
    internal sealed class RetryBudget(int percent)
    {
        private const int Full = 100 * 100;
        private int hundredths = Full;

        public void Count()
        {
            int left;
            do left = Volatile.Read(ref hundredths);
            while (Interlocked.CompareExchange(ref hundredths, Math.Min(Full, left + percent), left) != left);
        }

        public bool TryTake()
        {
            int left;
            do
            {
                left = Volatile.Read(ref hundredths);
                if (left < 100) return false;
            }
            while (Interlocked.CompareExchange(ref hundredths, left - 100, left) != left);
            return true;
        }
    }

    private sealed class BulkheadOptions : ResilienceStrategyOptions;

    private sealed class Bulkhead(SemaphoreSlim free) : ResilienceStrategy<HttpResponseMessage>
    {
        protected override async ValueTask<Outcome<HttpResponseMessage>> ExecuteCore<TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback, ResilienceContext context, TState state)
        {
            await free.WaitAsync(context.CancellationToken);
            try { return await callback(context, state); }
            finally { free.Release(); }
        }
    }
}
