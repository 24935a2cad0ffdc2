using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Dispatching;

namespace Marathon.Fulfilment.Adapters.Timer;

/// <summary>Configured under <c>Fulfilment</c>.</summary>
public sealed class FulfilmentOptions
{
    /// <summary>
    /// How long a kit waits until it is dispatched by itself, and from then until it has arrived. Null: not by itself; the organiser sends it.
    /// </summary>
    public TimeSpan? DispatchAfter { get; set; }

    /// <summary>How often it is looked for kits that are due.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Kits in one transaction, at most.</summary>
    public int BatchSize { get; set; } = 300;
}

/// <summary>Lets kits leave and arrive by the clock. Any number of replicas may run it.</summary>
public sealed class DispatchWorker(IServiceScopeFactory scopes, FulfilmentOptions options, TimeProvider time, ILogger<DispatchWorker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.DispatchAfter is not { } after) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Arrivals first: what leaves in this round cannot arrive in it.
                while (await RoundAsync(time.GetUtcNow() - after, stoppingToken) >= options.BatchSize) { }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Kits that are due are tried again: {Reason}", exception.Message);
            }
            await Task.Delay(options.PollInterval, time, stoppingToken);
        }
    }

    /// <summary>One batch of each; returns the size of the larger.</summary>
    private async Task<int> RoundAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var arrived = await scope.ServiceProvider.GetRequiredService<DeliverGoods>().HandleAsync(new DeliverDueGoods(due, options.BatchSize), cancellationToken);
        var left = await scope.ServiceProvider.GetRequiredService<DispatchGoods>().HandleAsync(new DispatchDueGoods(due, options.BatchSize), cancellationToken);
        return Math.Max(arrived, left);
    }
}
