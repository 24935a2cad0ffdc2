using Marathon.Notification.Application;
using Marathon.ServiceDefaults;

namespace Marathon.Notification.Adapters;

/// <summary>Answers searches soon after they were asked; after a crash, within a few seconds. Any number of replicas may run it.</summary>
public sealed class LinkSender(ILinks links, TimeProvider time, ILogger<LinkSender> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), RetryDelay = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim asked = new(0);

    /// <summary>Somebody has asked.</summary>
    public void Wake() => asked.Release();

    /// <inheritdoc/>
    public override void Dispose()
    {
        asked.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Rest: TimeSpan.Zero) { RestAfterFailure = RetryDelay }.RunAsync(
        async cancellationToken =>
        {
            // That is its rest.
            await asked.WaitAsync(Patience, cancellationToken);
            while (asked.Wait(0, CancellationToken.None)) { }
            await links.AnswerAsync(cancellationToken);
        },
        exception => logger.LogWarning("Links are sent later: {Reason}", Rounds.Reason(exception)), stoppingToken);
}
