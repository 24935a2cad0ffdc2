namespace Marathon.Notification.Adapters.Provider.Sandbox;

/// <summary>Configured under <c>Notification:Sandbox</c>. Rates are parts of one.</summary>
public sealed class SandboxOptions
{
    /// <summary>Calls that fail before anything is taken.</summary>
    public double FailRate { get; set; }

    /// <summary>Calls that are told to come later.</summary>
    public double LimitRate { get; set; }

    /// <summary>Calls that take everything and are never answered.</summary>
    public double TimeoutRate { get; set; }

    /// <summary>Messages that are refused.</summary>
    public double RefuseRate { get; set; }

    /// <summary>After how long it says that a message was delivered; null: it says nothing.</summary>
    public TimeSpan? DeliverAfter { get; set; }

    /// <summary>Messages of which it says then that they were not.</summary>
    public double LoseRate { get; set; }
}
