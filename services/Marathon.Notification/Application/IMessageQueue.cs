using Marathon.Messaging;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Application;

/// <summary>A message that a dispatcher has leased.</summary>
/// <param name="Id">Our reference at the provider.</param>
/// <param name="RegistrationId">About which registration, or which order to a supplier.</param>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="PhoneNo">To whom.</param>
/// <param name="Text">What it says.</param>
/// <param name="Told">What everybody but the phone is told that it says: without <see cref="MessageKind.Secret"/>.</param>
/// <param name="TraceParent">The cause's.</param>
/// <param name="Attempt">The how many-th time that it is given to the provider; of one that is in doubt, that it was.</param>
/// <param name="QueuedAt">Since when it waits; of what was heard of too late, when it happened.</param>
/// <param name="GivenAt">It was given to the provider then, who has not said whether it took it; null: it was not.</param>
public sealed record LeasedMessage(
    Guid Id, Guid RegistrationId, string Number, string Kind, string PhoneNo, string Text, string Told, string? TraceParent, int Attempt, DateTimeOffset QueuedAt, DateTimeOffset? GivenAt);

/// <summary>What a lease takes.</summary>
/// <param name="Length">How long nobody else gets what is leased.</param>
/// <param name="Most">Messages at most.</param>
/// <param name="Rate">Messages a second that all dispatchers together may lease; null: any number.</param>
/// <param name="Quiet">When what can wait is left for the morning.</param>
/// <param name="SendsOptional">Whether messages on which nothing depends are sent, to who wants them.</param>
public sealed record LeaseTerms(TimeSpan Length, int Most, double? Rate, QuietHours? Quiet, bool SendsOptional = true);

/// <summary>What is noted of an attempt.</summary>
/// <param name="Message">The message.</param>
/// <param name="Outcome">What the provider said.</param>
/// <param name="NextAt">When it is looked at again, if there is something left to do.</param>
/// <param name="ReportAt">When the provider is asked what became of it, if it took it.</param>
public sealed record AttemptNote(LeasedMessage Message, SendOutcome Outcome, TimeSpan NextAt, TimeSpan? ReportAt);

/// <summary>What a stream is told of a message next.</summary>
/// <param name="Id">The message.</param>
/// <param name="Version">The next of its registration's stream.</param>
public readonly record struct ToldMessage(Guid Id, int Version);

/// <summary>The queue of messages: what is given to the provider next, and what became of it.</summary>
public interface IMessageQueue
{
    /// <summary>
    /// Leases messages that are due and whose contact is known, the oldest first and only the oldest of a registration, and notes that they are given to the
    /// provider from now on. Their texts are written then and stay the same.
    /// </summary>
    Task<IReadOnlyList<LeasedMessage>> LeaseAsync(Guid lease, LeaseTerms terms, CancellationToken cancellationToken);

    /// <summary>
    /// Notes what became of messages leased under <paramref name="lease"/>; returns those that were accepted or have failed, with the next version of each one's
    /// stream. What another dispatcher has leased meanwhile is left to it.
    /// </summary>
    Task<IReadOnlyList<ToldMessage>> NoteAsync(Guid lease, IReadOnlyList<AttemptNote> notes, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Messages that are in doubt under <paramref name="lease"/>, and that the provider does not know, are given to it now: one attempt more.</summary>
    Task GiveAgainAsync(Guid lease, IReadOnlyList<LeasedMessage> lost, CancellationToken cancellationToken);

    /// <summary>The provider was reached again: nothing is paused any more.</summary>
    Task ResumeAsync(CancellationToken cancellationToken);

    /// <summary>Nothing is leased for a while: the longer, the more often it happens without <see cref="ResumeAsync"/> in between.</summary>
    Task PauseAsync(TimeSpan shortest, TimeSpan longest, CancellationToken cancellationToken);

    /// <summary>Accepted messages of which the provider is to be asked now, at most <paramref name="most"/>; they are asked for again after <paramref name="interval"/>.</summary>
    Task<IReadOnlyList<Unreported>> UnreportedAsync(int most, TimeSpan interval, TimeSpan longest, CancellationToken cancellationToken);

    /// <summary>Notes what became of accepted messages; returns those of which it was not known yet.</summary>
    Task<IReadOnlyList<SettledMessage>> SettleAsync(IReadOnlyList<SmsReport> reports, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>A message that was delivered or has failed.</summary>
public sealed record SettledMessage(Guid Id, int Version, Guid RegistrationId, string Number, string Kind, string Text, string? Reason, string? TraceParent);
