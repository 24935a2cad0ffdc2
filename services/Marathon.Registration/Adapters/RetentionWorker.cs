using Marathon.Registration.Application.Erasing;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.Registration.Adapters;

/// <summary>
/// Looks every hour, in every replica, whether a race's data has been kept long enough; replicas pass over what another one has locked. Nobody brings back who is erased: so it is
/// long enough when the database's clock and this machine's both say so. One of them may have been set wrong.
/// </summary>
public sealed class RetentionWorker(EraseRetainedHandler handler, TimeProvider time, [FromKeyedServices(DatabaseClock.Machine)] TimeProvider machine, ILogger<RetentionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>One round; returns how many it erased.</summary>
    public Task<int> RoundAsync(CancellationToken cancellationToken) =>
        handler.HandleAsync(new[] { time.GetUtcNow(), machine.GetUtcNow() }.Min(), cancellationToken);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        async cancellationToken =>
        {
            if (await RoundAsync(cancellationToken) is > 0 and var erased) logger.LogInformation("{Count} registrations were erased: kept long enough", erased);
        },
        exception => logger.LogWarning("What was kept long enough cannot be erased now: {Reason}", Rounds.Reason(exception)), stoppingToken);
}
