namespace Marathon.Notification.Application;

/// <summary>Configured under <c>Notification</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>Where runners find the gateway: what links begin with. Never taken from a request: it would let whoever makes one choose where a link leads.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>How often it is looked for messages while there are fewer than a batch.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The first pause after a failure, of a message or of the provider; it doubles until <see cref="LongestRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after a failure.</summary>
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Messages given to the provider at once, at most.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>Messages a second that all replicas together give to the provider; null: any number.</summary>
    public double? Rate { get; set; }

    /// <summary>One call of the provider; after it the outcome is unknown.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a message was given without an answer the provider is asked about it: by then it has surely dealt with what it was given.</summary>
    public TimeSpan AskAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A message that could not be given to the provider for so long is not news any more, and fails.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// What is heard of so long after it happened is no news either, and its messages fail: a database that was lost, or is new, hears all of a season again. Longer than
    /// <see cref="GiveUpAfter"/>, and than this service is ever away: who was not told while it was is told afterwards.
    /// </summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often a provider is asked what became of a message.</summary>
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For how long.</summary>
    public TimeSpan LongestReport { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Whether messages on which nothing depends are sent at all.</summary>
    public bool SendsOptional { get; set; } = true;

    /// <summary>When nobody is woken for what can wait, <c>21:00-08:00</c>, in Korea; empty: never quiet. Null: as the provider has it.</summary>
    public string? QuietHours { get; set; }
}
