using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Allocating;
using Marathon.Fulfilment.Application.Dispatching;

namespace Marathon.Fulfilment.Adapters.Timer;

/// <summary>Gives those who wait what has come, and lets kits leave by the clock where that is wanted. Any number of replicas may run it.</summary>
public sealed class KitWorker(IServiceScopeFactory scopes, FulfilmentOptions options, TimeProvider time, ILogger<KitWorker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await AllAsync("Goods for those who wait", async services => await services.GetRequiredService<AllocateGoods>().HandleAsync(options.BatchSize, stoppingToken) > 0, stoppingToken);
            if (options.DispatchAfter is { } after)
                await AllAsync("Kits that are due", async services => await services.GetRequiredService<DispatchGoods>()
                    .HandleAsync(new DispatchDueGoods(time.GetUtcNow() - after, options.BatchSize), stoppingToken) >= options.BatchSize, stoppingToken);
            await Task.Delay(options.PollInterval, time, stoppingToken);
        }
    }

    /// <summary>Batch after batch, until <paramref name="batch"/> says that no more are left.</summary>
    private async Task AllAsync(string what, Func<IServiceProvider, Task<bool>> batch, CancellationToken stoppingToken)
    {
        try
        {
            bool more;
            do
            {
                await using var scope = scopes.CreateAsyncScope();
                more = await batch(scope.ServiceProvider);
            }
            while (more);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.LogWarning("{What} are tried again: {Reason}", what, exception.Message);
        }
    }
}
