using Marathon.Registration.Application.Erasing;
using Npgsql;

namespace Marathon.Registration.Adapters;

/// <summary>Looks every hour, in every replica, whether a race's data has been kept long enough; replicas pass over what another one has locked.</summary>
public sealed class RetentionWorker(EraseRetainedHandler handler, TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                if (await handler.HandleAsync(stoppingToken) is > 0 and var erased) logger.LogInformation("{Count} registrations were erased: kept long enough", erased);
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                logger.LogWarning("What was kept long enough cannot be erased now: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
