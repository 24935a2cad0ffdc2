namespace Marathon.Messaging;

/// <summary>Configured under <c>Messaging</c>.</summary>
public sealed record MessagingOptions
{
    /// <summary>The service: source of its events and name of its consumer group.</summary>
    public required string Source { get; set; }

    /// <summary>How often a relay looks that nobody woke, once it has long found nothing; sooner after an event.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a relay and a consumer let events gather between two pieces of work, at least; longer on a busy machine: see <see cref="Pace"/>.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>After the first failure; after more of them in a row as <see cref="Marathon.ServiceDefaults.Rounds.RestAfter"/> says.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the broker's identity is asked for when nothing seems wrong.</summary>
    public TimeSpan ClusterCheckInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the meters look how things stand.</summary>
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages taken from the broker at once, at most.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>Transactions at once in which a process applies what it took; partitions are spread over them.</summary>
    public int Lanes { get; set; } = 2;

    /// <summary>
    /// How long events may be kept back in a rush at the service's own door (<see cref="Rush"/>): whoever listens then takes nothing from those who wait there. After it, or after the rush,
    /// they are sent by portions. For services that sell, whose rush is a minute; none elsewhere.
    /// </summary>
    public TimeSpan KeepBack { get; set; }

    /// <summary>How long events are kept to be sent again. Whole months are dropped, once everything in them was sent.</summary>
    public TimeSpan Season { get; set; } = TimeSpan.FromDays(400);

    /// <summary>
    /// Events of a replay that a relay sends between two looks at what is new, at most. Small, so that new events hardly wait for old ones, and
    /// consumers that must apply them keep up.
    /// </summary>
    public int ReplayBatch { get; set; } = 200;

    /// <summary>Between two such batches.</summary>
    public TimeSpan ReplayPause { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long an event waits for the version before it until the source is asked to send that again; each further time twice as long.</summary>
    public TimeSpan AskAfter { get; set; } = TimeSpan.FromSeconds(5);
}
