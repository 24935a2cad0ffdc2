using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Notification.Application;

/// <summary>A message as the provider gets it.</summary>
/// <param name="Reference">Our message id, by which the provider can be asked about it.</param>
/// <param name="To">The phone.</param>
/// <param name="Text">What it says.</param>
/// <param name="Form">How it travels.</param>
public sealed record Sms(Guid Reference, PhoneNumber To, string Text, SmsForm Form)
{
    /// <summary>Not whom it is for, and not what it says.</summary>
    public override string ToString() => $"message {Reference}";
}

/// <summary>What a provider says of one message that it was given, or asked about.</summary>
public abstract record SendOutcome
{
    private SendOutcome() { }

    /// <summary>It took it, under a name of its own.</summary>
    public sealed record Accepted(string ProviderId) : SendOutcome;

    /// <summary>It will never take it; a stable code says why.</summary>
    public sealed record Refused(string Reason) : SendOutcome;

    /// <summary>It has not taken it, and may later.</summary>
    public sealed record Later(string Reason) : SendOutcome;

    /// <summary>Nobody can tell whether it has.</summary>
    public sealed record Unknown(string Reason) : SendOutcome;
}

/// <summary>What became of a message that a provider had taken.</summary>
/// <param name="Reference">Our message id.</param>
/// <param name="Reason">Why it failed; null: it was delivered.</param>
public sealed record SmsReport(Guid Reference, string? Reason);

/// <summary>A message that a provider had taken, and of which it has not said what became of it.</summary>
/// <param name="Reference">Our message id.</param>
/// <param name="ProviderId">The provider's.</param>
/// <param name="AcceptedAt">Since when.</param>
public sealed record Unreported(Guid Reference, string ProviderId, DateTimeOffset AcceptedAt);

/// <summary>The provider who brings messages to phones.</summary>
public interface ISmsSender
{
    /// <summary>Whether it says later what became of a message, when it is asked.</summary>
    bool Reports { get; }

    /// <summary>
    /// Gives it messages; returns what it says of each. What is missing in the answer is not known. Throws <see cref="ProviderException"/> when the provider as a
    /// whole is at fault, and anything at all when nobody can tell what it took.
    /// </summary>
    Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken);

    /// <summary>Of messages that it was given since a moment, those that it knows. Throws as <see cref="SendAsync"/>.</summary>
    Task<IReadOnlyDictionary<Guid, SendOutcome>> FindAsync(IReadOnlyCollection<Guid> references, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>What it can say by now of messages that it had taken. Throws as <see cref="SendAsync"/>.</summary>
    Task<IReadOnlyList<SmsReport>> ReportAsync(IReadOnlyList<Unreported> messages, CancellationToken cancellationToken);
}

/// <summary>The provider as a whole is away, or wants to be left alone.</summary>
/// <param name="reason">A stable code.</param>
/// <param name="isUntaken">It has surely taken nothing.</param>
/// <param name="pause">For how long it wants to be left alone, if it said so.</param>
public sealed class ProviderException(string reason, bool isUntaken, TimeSpan? pause = null) : Exception(reason)
{
    /// <summary>It has surely taken nothing.</summary>
    public bool IsUntaken => isUntaken;

    /// <summary>For how long it wants to be left alone, if it said so.</summary>
    public TimeSpan? Pause => pause;
}
