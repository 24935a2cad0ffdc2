using System.Diagnostics.Metrics;
using Marathon.Notification.Application;

namespace Marathon.Notification.Adapters;

/// <summary>Configured under <c>Notification</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>Where runners find the gateway: what links begin with. Never taken from a request: it would let whoever makes one choose where a link leads.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>How often it is looked for messages while there are fewer than a batch.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long to wait after a failure.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Messages given to the sender at once, at most.</summary>
    public int BatchSize { get; set; } = 500;
}

/// <summary>Sends what is queued. Any number of replicas may run it.</summary>
public sealed class Dispatcher(SendMessages send, NotificationOptions options, TimeProvider time, IMeterFactory meters, ILogger<Dispatcher> logger) : BackgroundService
{
    private readonly Counter<long> sent = meters.Create("Marathon.Notification").CreateCounter<long>("marathon.sms.sent", "{message}", "Messages that the sender took");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = options.PollInterval;
            try
            {
                int messages;
                do sent.Add(messages = await send.HandleAsync(options.BatchSize, stoppingToken));
                // What trickles in is sent together.
                while (messages == options.BatchSize);
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
