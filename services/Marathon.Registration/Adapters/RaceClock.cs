using Marathon.Registration.Application.Switching;
using Marathon.ServiceDefaults;

namespace Marathon.Registration.Adapters;

/// <summary>Looks at the races' times four times a second in every replica.</summary>
public sealed class RaceClock(SwitchRacesByClockHandler handler, TimeProvider time, ILogger<RaceClock> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        handler.HandleAsync, exception => logger.LogWarning("Races cannot be opened or closed by the clock now: {Reason}", Rounds.Reason(exception)), stoppingToken);
}
