using Marathon.Messaging;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Application;

/// <summary>Where messages to a registration's runner go, or to a supplier about an order.</summary>
/// <param name="RegistrationId">Of which registration, or of which order: no two of either have the same id.</param>
/// <param name="Number">The registration's number, when it is confirmed now; null: what is known stays. An order has none here, so that no link leads to it.</param>
/// <param name="Name">The runner's, or whose at the supplier's.</param>
/// <param name="PhoneNo">Theirs.</param>
/// <param name="Language">Of messages.</param>
public sealed record Contact(Guid RegistrationId, string? Number, string Name, string PhoneNo, string Language);

/// <summary>A message to be sent.</summary>
/// <param name="RegistrationId">About which registration, or which order to a supplier.</param>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="Stream">With <paramref name="Version"/>: the event that caused it. One cause has one message of a kind.</param>
/// <param name="Version">See <paramref name="Stream"/>.</param>
/// <param name="TraceParent">The cause's.</param>
/// <param name="Fields">For the template.</param>
public sealed record NewMessage(
    Guid RegistrationId, string Number, MessageKind Kind, string Stream, int Version, string? TraceParent, IReadOnlyDictionary<string, string> Fields);

/// <summary>A message that a dispatcher has leased.</summary>
/// <param name="Id">The sender's reference.</param>
/// <param name="RegistrationId">About which registration, or which order to a supplier.</param>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="PhoneNo">To whom.</param>
/// <param name="Text">What it says.</param>
/// <param name="Told">What everybody but the phone is told that it says: without <see cref="MessageKind.Secret"/>.</param>
/// <param name="TraceParent">The cause's.</param>
public sealed record LeasedMessage(Guid Id, Guid RegistrationId, string Number, string Kind, string PhoneNo, string Text, string Told, string? TraceParent);

/// <summary>The messages, from the fact that caused them until the sender took them.</summary>
public interface IMessages
{
    /// <summary>Notes where runners and suppliers can be reached now.</summary>
    Task KeepContactsAsync(IReadOnlyList<Contact> contacts, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Queues messages. Their contact need not be known yet: until it is, they wait.</summary>
    Task QueueAsync(IReadOnlyList<NewMessage> messages, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>
    /// Leases queued messages whose contact is known, at most <paramref name="limit"/>, the oldest first and only the oldest of a registration, and
    /// writes their texts, which stay the same from then on. Nobody else gets them for the length of the lease.
    /// </summary>
    Task<IReadOnlyList<LeasedMessage>> LeaseAsync(Guid lease, TimeSpan length, int limit, Templates templates, CancellationToken cancellationToken);

    /// <summary>
    /// Of the messages <paramref name="sent"/> under <paramref name="lease"/>, notes that the sender took them, and returns them with the next version of each one's
    /// stream. Of a secret nothing is left then. What another dispatcher leased meanwhile is left to it.
    /// </summary>
    Task<IReadOnlyList<(Guid Id, int Version)>> AcceptAsync(
        Guid lease, IReadOnlyList<LeasedMessage> sent, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Nobody leases a message until the transaction ends: who is being erased is not written to meanwhile.</summary>
    Task PauseAsync(UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>
    /// Gives up what is queued for these registrations and returns the next version of each one's stream, which is its last. From then on nothing is queued.
    /// </summary>
    Task<IReadOnlyList<(Guid RegistrationId, int Version)>> EndAsync(IReadOnlyList<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);
}
