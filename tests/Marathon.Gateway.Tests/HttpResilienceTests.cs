using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using Marathon.ServiceDefaults.Http;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Marathon.Gateway.Tests;

/// <summary>The pipeline of calls between services, against a server that answers what the test wants.</summary>
public sealed class HttpResilienceTests
{
    private readonly CircuitBreakerStateProvider circuit = new();

    [Fact]
    public async Task RetryBudget_FromSeveralThreads_LosesNothing()
    {
        var budget = new HttpResilience.RetryBudget(percent: 20);
        for (var i = 0; i < 50; i++) Assert.True(budget.TryTake());

        // As much comes in as goes out, so that it is neither full nor empty meanwhile.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var round = 0; round < 50_000; round++)
            {
                Assert.True(budget.TryTake());
                for (var call = 0; call < 5; call++) budget.Count();
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        for (var i = 0; i < 50; i++) Assert.True(budget.TryTake());
        Assert.False(budget.TryTake());
    }

    [Fact]
    public void Request_ThatWouldBeDoneTwice_IsNotRepeated()
    {
        using var once = new HttpRequestMessage(HttpMethod.Post, "http://registration/races");
        once.Options.Set(HttpResilience.Once, true);
        using var often = new HttpRequestMessage(HttpMethod.Post, "http://registration/races");
        var options = new HttpResilienceOptions { Retries = 3, AttemptTimeout = 77 };

        Assert.Equal((0, 77), (options.Of(HttpResilience.KeyOf(once)).Retries, options.Of(HttpResilience.KeyOf(once)).AttemptTimeout));
        Assert.Equal(3, options.Of(HttpResilience.KeyOf(often)).Retries);
    }

    [Fact]
    public async Task Retries_WhenEveryCallWantsOne_AreAFewAndThenAPartOfTheCalls()
    {
        const int Calls = 1000;
        var asked = 0;
        var pipeline = Pipeline(new() { Retries = 1, RetryDelay = 0, RetryPercent = 20, BreakAtFailureRatio = 1 });

        // Every other attempt fails, so the circuit stays closed.
        for (var call = 0; call < Calls; call++)
        {
            using var answer = await pipeline.ExecuteAsync(_ => Answer(asked++ % 2 == 0 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));
        }

        Assert.InRange(asked - Calls, 200, 100 + asked / 5);
    }

    [Fact]
    public async Task Bulkhead_WhenAllPlacesAreTaken_LetsTheNextWaitForOne()
    {
        var (entered, open) = (0, new TaskCompletionSource());
        var pipeline = Pipeline(new() { Concurrency = 2, AttemptTimeout = 60_000, TotalTimeout = 60_000 });

        // Each runs up to where it waits.
        var calls = Enumerable.Range(0, 3).Select(_ => pipeline.ExecuteAsync(async _ =>
        {
            Interlocked.Increment(ref entered);
            await open.Task;
            return new HttpResponseMessage(HttpStatusCode.OK);
        }).AsTask()).ToList();

        Assert.Equal(2, entered);
        open.SetResult();
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(3, entered);
    }

    [Fact]
    public async Task Bulkhead_WhenNoPlaceComesFree_KeepsNobodyLongerThanACallMayTake()
    {
        var (asked, open) = (0, new TaskCompletionSource<HttpResponseMessage>());
        var pipeline = Pipeline(new() { Concurrency = 1, TotalTimeout = 200 });
        var first = pipeline.ExecuteAsync(_ => new ValueTask<HttpResponseMessage>(open.Task)).AsTask();

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => pipeline.ExecuteAsync(_ =>
        {
            asked++;
            return Answer(HttpStatusCode.OK);
        }).AsTask());

        Assert.Equal(0, asked);
        open.SetResult(new HttpResponseMessage(HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, true, CircuitState.Closed)]
    [InlineData(HttpStatusCode.TooManyRequests, true, CircuitState.Closed)]
    [InlineData(HttpStatusCode.ServiceUnavailable, false, CircuitState.Open)]
    [InlineData(HttpStatusCode.InternalServerError, true, CircuitState.Open)]
    public async Task Circuit_WhenTheServerSaysWhenToComeAgain_StaysClosedAndItIsNotAskedAtOnce(HttpStatusCode status, bool saysWhen, CircuitState expected)
    {
        var asked = 0;
        var pipeline = Pipeline(new() { RetryDelay = 0 });

        for (var call = 0; call < 40 && circuit.CircuitState is CircuitState.Closed; call++) await FailAsync(pipeline, status, saysWhen, () => asked++);

        Assert.Equal(expected, circuit.CircuitState);
        if (expected is CircuitState.Closed) Assert.Equal(40, asked);
    }

    [Fact]
    public async Task CircuitOpen_IsSeenInTheMeter()
    {
        await using var services = new ServiceCollection().AddMetrics().AddSingleton<CircuitBreakers>().BuildServiceProvider();
        var breakers = services.GetRequiredService<CircuitBreakers>();
        var seen = new Dictionary<string, int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "marathon.circuit.open" && instrument.Meter.Scope == services.GetService<IMeterFactory>()) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => seen[(string)tags[0].Value!] = value);
        listener.Start();
        var options = new HttpResilienceOptions { RetryDelay = 0 };
        var (payment, registration) = (Pipeline(options, breakers.Of("payment")), Pipeline(options, breakers.Of("registration")));
        using (await registration.ExecuteAsync(_ => Answer(HttpStatusCode.OK))) listener.RecordObservableInstruments();
        Assert.Equal((0, 0), (seen["payment"], seen["registration"]));

        for (var call = 0; call < 20; call++) await FailAsync(payment, HttpStatusCode.InternalServerError);

        listener.RecordObservableInstruments();
        Assert.Equal((1, 0), (seen["payment"], seen["registration"]));
    }

    private static async Task FailAsync(ResiliencePipeline<HttpResponseMessage> pipeline, HttpStatusCode status, bool saysWhen = false, Action? asked = null)
    {
        try
        {
            using var answer = await pipeline.ExecuteAsync(_ =>
            {
                asked?.Invoke();
                return Answer(status, saysWhen);
            });
        }
        catch (BrokenCircuitException) { }
    }

    private static ValueTask<HttpResponseMessage> Answer(HttpStatusCode status, bool saysWhen = false)
    {
        var answer = new HttpResponseMessage(status);
        if (saysWhen) answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(3));
        return ValueTask.FromResult(answer);
    }

    private ResiliencePipeline<HttpResponseMessage> Pipeline(HttpResilienceOptions options, CircuitBreakerStateProvider? state = null)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage>();
        HttpResilience.Configure(builder, options, state ?? circuit);
        return builder.Build();
    }
}
