using Marathon.Fulfilment.Domain;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>Who takes the kits to the runners.</summary>
public interface ICarrier
{
    /// <summary>
    /// Books a parcel for each delivery and returns the shipments in the same order. The registration and how often its kit has left make the reference: booking it again
    /// gives the same shipment, so a crash after the booking and before our commit makes no second parcel. Called with the deliveries locked:
    /// it must answer or throw within seconds.
    /// </summary>
    Task<IReadOnlyList<Shipment>> BookAsync(IReadOnlyList<Delivery> deliveries, CancellationToken cancellationToken);
}
