using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>The deliveries.</summary>
public interface IDeliveries
{
    /// <summary>Begins deliveries.</summary>
    Task AddAsync(IReadOnlyList<(Delivery Delivery, RollEntry Entry)> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes the runners as of now on deliveries whose kits are still here. Their sizes are a step of the kit and no business of this.</summary>
    Task ChangeAsync(IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The races whose kits these are.</summary>
    Task<IReadOnlyList<Guid>> RacesOfAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The deliveries of these registrations, locked: what is decided on them holds until the transaction ends.</summary>
    Task<IReadOnlyList<Delivery>> LockAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Which registrations have these numbers; numbers of nobody's kit are left out.</summary>
    Task<IReadOnlyDictionary<string, Guid>> NamedAsync(IReadOnlyCollection<string> numbers, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Kits of a race that are to be sent, those first that have been ready longest.</summary>
    Task<IReadOnlyList<Guid>> ReadyAsync(Guid raceId, int limit, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Takes a key for kits of a race that are to leave under it; those that have, when it was taken before. Who comes with the same one meanwhile waits.</summary>
    Task<IReadOnlyList<Guid>?> ClaimAsync(Guid raceId, string requestKey, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Notes which kits leave under a key.</summary>
    Task NoteAsync(Guid raceId, string requestKey, IEnumerable<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Kits of races whose kits are sent that have been ready since <paramref name="before"/> or longer.</summary>
    Task<IReadOnlyList<Guid>> DueAsync(DateTimeOffset before, int limit, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Those who wait for an item, in the order in which their places were paid for.</summary>
    Task<IReadOnlyList<Guid>> AwaitingAsync(Sku sku, int limit, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Those of a race who do not know yet that goods have come.</summary>
    Task<IReadOnlyList<Guid>> ReceivedAsync(Guid raceId, int limit, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes deliveries that were locked.</summary>
    Task SaveAsync(IReadOnlyCollection<Delivery> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Goes on in what is told of a registration, by an event that is no step of its kit; returns the event's version.</summary>
    Task<int> TellAsync(Guid registrationId, UnitOfWork work, CancellationToken cancellationToken);
}
