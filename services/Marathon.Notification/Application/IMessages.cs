using Marathon.Messaging;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Application;

/// <summary>Where messages to a registration's runner go, or to a supplier about an order.</summary>
/// <param name="RegistrationId">Of which registration, or of which order: no two of either have the same id.</param>
/// <param name="Number">Its number.</param>
/// <param name="Name">The runner's, or whose at the supplier's.</param>
/// <param name="PhoneNo">Theirs.</param>
/// <param name="Language">Of messages.</param>
public sealed record Contact(Guid RegistrationId, string Number, string Name, string PhoneNo, string Language)
{
    /// <summary>The race; null: what is known stays.</summary>
    public Guid? RaceId { get; init; }

    /// <summary>When the registration was confirmed; null: what is known stays. An order never is, so that no link leads to it.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When it ended; null: what is known stays.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether they want what need not be told, too.</summary>
    public bool WantsAll { get; init; } = true;
}

/// <summary>A message to be sent.</summary>
/// <param name="RegistrationId">About which registration, or which order to a supplier.</param>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="Stream">With <paramref name="Version"/>: the event that caused it. One cause has one message of a kind.</param>
/// <param name="Version">See <paramref name="Stream"/>.</param>
/// <param name="TraceParent">The cause's.</param>
/// <param name="Fields">For the template.</param>
/// <param name="OccurredAt">When the cause was told, however late it is heard of: <see cref="NotificationOptions.StaleAfter"/>. Null: now.</param>
/// <param name="Contact">To whom, if the cause says so: then the text is written at once.</param>
public sealed record NewMessage(
    Guid RegistrationId, string Number, MessageKind Kind, string Stream, int Version, string? TraceParent, IReadOnlyDictionary<string, string> Fields,
    DateTimeOffset? OccurredAt = null, Contact? Contact = null);

/// <summary>The messages, from the fact that caused them until they are given to the provider.</summary>
public interface IMessages
{
    /// <summary>Notes where runners and suppliers can be reached now.</summary>
    Task KeepContactsAsync(IReadOnlyList<Contact> contacts, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Queues messages. Their contact need not be known yet: until it is, they wait.</summary>
    Task QueueAsync(IReadOnlyList<NewMessage> messages, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Nobody leases a message until the transaction ends: who is being erased is not written to meanwhile.</summary>
    Task PauseAsync(UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>
    /// Gives up what is queued for these registrations and returns the next version of each one's stream, which is its last. From then on nothing is queued.
    /// </summary>
    Task<IReadOnlyList<(Guid RegistrationId, int Version)>> EndAsync(IReadOnlyList<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);
}
