namespace Marathon.Fulfilment.Domain;

/// <summary>Where a kit is.</summary>
public enum DeliveryStatus
{
    /// <summary>To be sent.</summary>
    Received,

    /// <summary>It left.</summary>
    Dispatched,

    /// <summary>It arrived.</summary>
    Delivered,

    /// <summary>It will not be sent.</summary>
    Cancelled,

    /// <summary>It had left when the registration ended: asked back.</summary>
    ReturnRequested,
}

/// <summary>Who carries a kit, and their number to follow it by.</summary>
public sealed record Shipment(string Carrier, string TrackingNumber);

/// <summary>
/// The delivery of one registration's kit. Each step gives the delivery after it, or null where the step has no place any more: the kit
/// had been stopped, or had gone that far already.
/// </summary>
/// <param name="RegistrationId">Whose.</param>
/// <param name="Number">The registration's number.</param>
/// <param name="Status">Where the kit is.</param>
/// <param name="Version">Events told of it so far; every step tells one.</param>
/// <param name="Shipment">Since it left.</param>
public sealed record Delivery(Guid RegistrationId, string Number, DeliveryStatus Status, int Version, Shipment? Shipment = null)
{
    /// <summary>In these, a changed address or size still reaches the kit.</summary>
    public static IReadOnlyList<DeliveryStatus> OpenToChange { get; } = [DeliveryStatus.Received];

    /// <summary>The carrier takes it.</summary>
    public Delivery? Dispatch(Shipment shipment) =>
        Status is DeliveryStatus.Received ? this with { Status = DeliveryStatus.Dispatched, Version = Version + 1, Shipment = shipment } : null;

    /// <summary>It arrives.</summary>
    public Delivery? Deliver() => Status is DeliveryStatus.Dispatched ? Step(DeliveryStatus.Delivered) : null;

    /// <summary>The registration ended: the kit stays, or is asked back.</summary>
    public Delivery? Cancel() => Status switch
    {
        DeliveryStatus.Received => Step(DeliveryStatus.Cancelled),
        DeliveryStatus.Dispatched or DeliveryStatus.Delivered => Step(DeliveryStatus.ReturnRequested),
        _ => null,
    };

    /// <summary>Nobody knows any more where the kit would go. What has left goes on.</summary>
    public Delivery? Erase() => Status is DeliveryStatus.Received ? Step(DeliveryStatus.Cancelled) : null;

    private Delivery Step(DeliveryStatus next) => this with { Status = next, Version = Version + 1 };
}
