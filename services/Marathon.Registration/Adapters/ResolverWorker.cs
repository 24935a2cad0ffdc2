using Marathon.Registration.Application.Resolving;
using Marathon.ServiceDefaults;

namespace Marathon.Registration.Adapters;

/// <summary>Runs the resolver twice a second in every replica; they share the work by lease.</summary>
public sealed class ResolverWorker(ResolveRegistrationsHandler handler, TimeProvider time, ILogger<ResolverWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        async cancellationToken => await handler.HandleAsync(cancellationToken) > 0,
        exception => logger.LogWarning("What is held is settled in a moment: {Reason}", Rounds.Reason(exception)), stoppingToken);
}
