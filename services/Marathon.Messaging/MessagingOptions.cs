namespace Marathon.Messaging;

/// <summary>Configured under <c>Messaging</c>.</summary>
public sealed class MessagingOptions
{
    /// <summary>The service: source of its events and name of its consumer group.</summary>
    public required string Source { get; set; }

    /// <summary>How often a relay looks that nobody woke.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long a relay and a consumer let events gather once the first is there. A pass or a batch costs about the same for one event as for a
    /// hundred; without the pause every registration in a sell-out costs each service a transaction of its own.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Between two attempts after a failure.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the broker's identity is asked for when nothing seems wrong.</summary>
    public TimeSpan ClusterCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages applied in one transaction, at most.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>Attempts at one message alone before it is parked as a dead letter.</summary>
    public int Attempts { get; set; } = 3;
}
