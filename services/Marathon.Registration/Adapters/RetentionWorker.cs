using Marathon.Registration.Application.Erasing;
using Marathon.ServiceDefaults;

namespace Marathon.Registration.Adapters;

/// <summary>Looks every hour, in every replica, whether a race's data has been kept long enough; replicas pass over what another one has locked.</summary>
public sealed class RetentionWorker(EraseRetainedHandler handler, TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        async cancellationToken =>
        {
            if (await handler.HandleAsync(cancellationToken) is > 0 and var erased) logger.LogInformation("{Count} registrations were erased: kept long enough", erased);
        },
        exception => logger.LogWarning("What was kept long enough cannot be erased now: {Reason}", Rounds.Reason(exception)), stoppingToken);
}
