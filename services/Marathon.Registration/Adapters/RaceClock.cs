using Marathon.Registration.Application.Switching;
using Npgsql;

namespace Marathon.Registration.Adapters;

/// <summary>Looks at the races' times four times a second in every replica.</summary>
public sealed class RaceClock(SwitchRacesByClockHandler handler, ILogger<RaceClock> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try { await handler.HandleAsync(stoppingToken); }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                logger.LogWarning("Races cannot be opened or closed by the clock now: {Reason}", exception.Message);
            }
        }
    }
}
