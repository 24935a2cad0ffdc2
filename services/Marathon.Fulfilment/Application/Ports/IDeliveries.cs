using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>The deliveries.</summary>
public interface IDeliveries
{
    /// <summary>Begins deliveries, with the runners they go to.</summary>
    Task AddAsync(IReadOnlyList<(Delivery Delivery, Runner Runner)> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes the runners as of now on deliveries that are still in one of <paramref name="open"/>.</summary>
    Task ChangeAsync(
        IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, IReadOnlyList<DeliveryStatus> open, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The deliveries of these registrations, locked: what is decided on them holds until the transaction ends.</summary>
    Task<IReadOnlyList<Delivery>> LockAsync(IReadOnlyList<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>
    /// At most <paramref name="limit"/> deliveries that have been in <paramref name="status"/> since <paramref name="before"/> or longer, locked.
    /// Those that somebody else has locked are passed over: another replica works on them, or they are being cancelled.
    /// </summary>
    Task<IReadOnlyList<Delivery>> LockDueAsync(DeliveryStatus status, DateTimeOffset before, int limit, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes deliveries that went on by one step; throws when one is not where it was when it was locked.</summary>
    Task SaveAsync(IReadOnlyList<Delivery> deliveries, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);
}
