using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Delivering;

/// <summary>Take the kits as arrived that left before <paramref name="DispatchedBefore"/>, at most <paramref name="Limit"/>.</summary>
public sealed record DeliverDueGoods(DateTimeOffset DispatchedBefore, int Limit);

/// <inheritdoc cref="DeliverDueGoods"/>
public sealed class DeliverGoods(IDeliveries deliveries, Outbox outbox, TimeProvider time)
{
    /// <summary>Returns how many arrived.</summary>
    public async Task<int> HandleAsync(DeliverDueGoods command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var due = await deliveries.LockDueAsync(DeliveryStatus.Dispatched, command.DispatchedBefore, command.Limit, work, cancellationToken);
        if (due.Count == 0) return 0;

        var now = time.GetUtcNow();
        var arrived = due.Select(delivery => delivery.Deliver()).OfType<Delivery>().ToList();
        await deliveries.SaveAsync(arrived, now, work, cancellationToken);
        foreach (var delivery in arrived)
            work.Publish(new GoodsDelivered { RegistrationId = delivery.RegistrationId, Number = delivery.Number, At = now }, delivery.Version);
        await work.CommitAsync(cancellationToken);
        return arrived.Count;
    }
}
