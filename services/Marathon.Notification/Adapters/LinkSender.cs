using Marathon.Notification.Application;

namespace Marathon.Notification.Adapters;

/// <summary>Answers searches soon after they were asked; after a crash, within a few seconds. Any number of replicas may run it.</summary>
public sealed class LinkSender(ILinks links, ILogger<LinkSender> logger) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
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
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await asked.WaitAsync(Patience, stoppingToken);
            while (asked.Wait(0, CancellationToken.None)) { }
            try
            {
                await links.AnswerAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The exception's text alone: its details may hold a phone number.
                logger.LogWarning("Links are sent later: {Reason}", exception.Message);
            }
        }
    }
}
