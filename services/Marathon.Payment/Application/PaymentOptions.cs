namespace Marathon.Payments.Application;

/// <summary>Configured under <c>Payment</c>.</summary>
public sealed class PaymentOptions
{
    /// <summary>
    /// How long a caller is kept waiting for a charge. More than a runner's call waits, which decides itself when to give up, and less than Registration's resolver does
    /// (<c>Resilience:Background:AttemptTimeout</c> there).
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>One call of the provider; after it the outcome is unknown.</summary>
    public TimeSpan ProviderTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often unsettled payments are looked for.</summary>
    public TimeSpan SettleInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The first pause before what could not be settled is tried again. It doubles, up to <see cref="LongestRetryDelay"/>, for ever.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the meters of what is owed are renewed.</summary>
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Payments settled at once in the background.</summary>
    public int SettleBatch { get; set; } = 100;
}
