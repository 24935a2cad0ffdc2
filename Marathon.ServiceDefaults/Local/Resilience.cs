using System.Collections.Concurrent;
using Marathon.ServiceDefaults.Http;
using Polly;

namespace Marathon.ServiceDefaults.Local;

internal sealed class ResiliencePipelines(HttpResilienceOptions options, CircuitBreakers breakers)
{
    private readonly ConcurrentDictionary<string, Lazy<ResiliencePipeline<HttpResponseMessage>>> pipelines = new();

    /// <summary>Built once, also when several call a service for the first time at the same moment: a breaker's state belongs to one pipeline.</summary>
    public ResiliencePipeline<HttpResponseMessage> For(string key) => pipelines.GetOrAdd(key, _ => new(() =>
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = HttpResilience.Name };
        HttpResilience.Configure(builder, options.Of(key), breakers.Of(key));
        return builder.Build();
    })).Value;
}

internal sealed class ResilienceHandler(ResiliencePipelines pipelines) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var outcome = await pipelines.For(HttpResilience.KeyOf(request)).ExecuteOutcomeAsync(static async (context, call) =>
            {
                try { return Outcome.FromResult(await call.Handler.SendOnAsync(call.Request, context.CancellationToken)); }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException) { return Outcome.FromException<HttpResponseMessage>(exception); }
            }, context, (Handler: this, Request: request));
            outcome.ThrowIfException();
            return outcome.Result!;
        }
        finally { ResilienceContextPool.Shared.Return(context); }
    }

    private Task<HttpResponseMessage> SendOnAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(request, cancellationToken);
}
