using Marathon.Notification.Application;
using Marathon.ServiceDefaults;

namespace Marathon.Notification.Adapters;

/// <summary>Sends what is queued. Any number of replicas may run it.</summary>
public sealed class Dispatcher(SendMessages send, NotificationOptions options, TimeProvider time, ILogger<Dispatcher> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.PollInterval) { RestAfterFailure = options.RetryDelay }.RunAsync(
        // What trickles in is sent together.
        async cancellationToken => await send.HandleAsync(cancellationToken) == options.BatchSize,
        exception => logger.LogWarning("Sending is tried again: {Reason}", Rounds.Reason(exception)), stoppingToken);
}

/// <summary>Asks the provider what became of messages, where it can be asked.</summary>
public sealed class Reporter(SettleMessages settle, ISmsSender sender, NotificationOptions options, TimeProvider time, ILogger<Reporter> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!sender.Reports) return;
        // At least as often as it may be asked about one message.
        await new Rounds(time, options.ReportInterval / 4).RunAsync(
            async cancellationToken => await settle.AskAsync(cancellationToken) > 0,
            exception => logger.LogWarning("The provider is asked again what became of messages: {Reason}", exception is ProviderException ? exception.Message : exception.GetType().Name),
            stoppingToken);
    }
}
