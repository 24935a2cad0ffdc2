using Marathon.Registration.Application.Resolving;
using Npgsql;

namespace Marathon.Registration.Adapters;

/// <summary>Runs the resolver twice a second in every replica; they share the work by lease.</summary>
public sealed class ResolverWorker(ResolveRegistrationsHandler handler, ILogger<ResolverWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await handler.HandleAsync(stoppingToken) > 0) { }
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                logger.LogWarning("The resolver cannot reach the database now: {Reason}", exception.Message);
            }
        }
    }
}
