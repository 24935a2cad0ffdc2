using Marathon.Notification.Application;

namespace Marathon.Notification.Adapters;

/// <summary>Sends what is queued. Any number of replicas may run it.</summary>
public sealed class Dispatcher(SendMessages send, NotificationOptions options, TimeProvider time, ILogger<Dispatcher> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = options.PollInterval;
            try
            {
                // What trickles in is sent together.
                while (await send.HandleAsync(stoppingToken) == options.BatchSize) { }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The exception's text alone: its details may hold what was to be sent.
                logger.LogWarning("Sending is tried again: {Reason}", exception.Message);
                wait = options.RetryDelay;
            }
            await Task.Delay(wait, time, stoppingToken);
        }
    }
}

/// <summary>Asks the provider what became of messages, where it can be asked.</summary>
public sealed class Reporter(SettleMessages settle, ISmsSender sender, NotificationOptions options, TimeProvider time, ILogger<Reporter> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!sender.Reports) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await settle.AskAsync(stoppingToken) > 0) { }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("The provider is asked again what became of messages: {Reason}", exception is ProviderException ? exception.Message : exception.GetType().Name);
            }
            // At least as often as it may be asked about one message.
            await Task.Delay(options.ReportInterval / 4, time, stoppingToken);
        }
    }
}
