using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Dispatching;

/// <summary>Hand the kits to the carrier that have been waiting since <paramref name="ReceivedBefore"/>, at most <paramref name="Limit"/>.</summary>
public sealed record DispatchDueGoods(DateTimeOffset ReceivedBefore, int Limit);

/// <inheritdoc cref="DispatchDueGoods"/>
public sealed class DispatchGoods(IDeliveries deliveries, ICarrier carrier, Outbox outbox, TimeProvider time)
{
    /// <summary>Returns how many left.</summary>
    public async Task<int> HandleAsync(DispatchDueGoods command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var due = await deliveries.LockDueAsync(DeliveryStatus.Received, command.ReceivedBefore, command.Limit, work, cancellationToken);
        if (due.Count == 0) return 0;

        var shipments = await carrier.BookAsync(due, cancellationToken);
        var now = time.GetUtcNow();
        var left = due.Zip(shipments, (delivery, shipment) => delivery.Dispatch(shipment)).OfType<Delivery>().ToList();
        await deliveries.SaveAsync(left, now, work, cancellationToken);
        foreach (var delivery in left)
            work.Publish(new GoodsDispatched
            {
                RegistrationId = delivery.RegistrationId,
                Number = delivery.Number,
                Carrier = delivery.Shipment!.Carrier,
                TrackingNumber = delivery.Shipment.TrackingNumber,
                At = now,
            }, delivery.Version);
        await work.CommitAsync(cancellationToken);
        return left.Count;
    }
}
