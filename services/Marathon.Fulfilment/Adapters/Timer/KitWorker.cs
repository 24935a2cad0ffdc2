using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Allocating;
using Marathon.Fulfilment.Application.Dispatching;
using Marathon.ServiceDefaults;

namespace Marathon.Fulfilment.Adapters.Timer;

/// <summary>Gives those who wait what has come, and lets kits leave by the clock where that is wanted. Any number of replicas may run it.</summary>
public sealed class KitWorker(IServiceScopeFactory scopes, FulfilmentOptions options, TimeProvider time, ILogger<KitWorker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        BatchesAsync("Goods for those who wait", async (services, cancellationToken) =>
            await services.GetRequiredService<AllocateGoods>().HandleAsync(options.BatchSize, cancellationToken) > 0, stoppingToken),
        options.DispatchAfter is not { } after ? Task.CompletedTask : BatchesAsync("Kits that are due", async (services, cancellationToken) =>
            await services.GetRequiredService<DispatchGoods>().HandleAsync(new DispatchDueGoods(time.GetUtcNow() - after, options.BatchSize), cancellationToken) >= options.BatchSize, stoppingToken));

    /// <summary>Batch after batch while <paramref name="batch"/> says that more are left, and again after a rest.</summary>
    private Task BatchesAsync(string what, Func<IServiceProvider, CancellationToken, Task<bool>> batch, CancellationToken stoppingToken) => new Rounds(time, options.PollInterval).RunAsync(
        async cancellationToken =>
        {
            await using var scope = scopes.CreateAsyncScope();
            return await batch(scope.ServiceProvider, cancellationToken);
        },
        exception => logger.LogWarning("{What} are tried again: {Reason}", what, Rounds.Reason(exception)), stoppingToken);
}
