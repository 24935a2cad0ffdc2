namespace Marathon.Fulfilment.Domain;

/// <summary>Where a kit is.</summary>
public enum DeliveryStatus
{
    /// <summary>To be sent, once goods come for the race.</summary>
    Received,

    /// <summary>Goods have come, and not enough in the runner's sizes.</summary>
    Backordered,

    /// <summary>Both parts are set aside: it can leave.</summary>
    Ready,

    /// <summary>It left.</summary>
    Dispatched,

    /// <summary>It arrived.</summary>
    Delivered,

    /// <summary>It was handed out.</summary>
    PickedUp,

    /// <summary>It will not be sent.</summary>
    Cancelled,

    /// <summary>It had left when the registration ended: asked back.</summary>
    ReturnRequested,

    /// <summary>It is back, and its registration has ended.</summary>
    Returned,
}

/// <summary>Who carries a kit, and their number to follow it by.</summary>
public sealed record Shipment(string Carrier, string TrackingNumber);

/// <summary>What goes to a runner.</summary>
/// <param name="TopSize">Of the shirt.</param>
/// <param name="BottomSize">Of the shorts.</param>
/// <param name="HasTop">Whether the shirt is a piece of the stock: set aside, or gone with the runner. Kits that left before stock was kept have none.</param>
/// <param name="HasBottom">The same of the shorts.</param>
public sealed record Kit(string TopSize, string BottomSize, bool HasTop = false, bool HasBottom = false);

/// <summary>
/// The delivery of one registration's kit. Each step gives the delivery after it, or null where the step has no place any more: the kit
/// had been stopped, or had gone that far already. A step moves the goods on the shelves along.
/// </summary>
/// <param name="RegistrationId">Whose.</param>
/// <param name="Number">The registration's number.</param>
/// <param name="RaceId">The race whose goods it is made of.</param>
/// <param name="Status">Where the kit is.</param>
/// <param name="Version">Events told of it so far; every change of status tells one.</param>
/// <param name="Kit">What is in it.</param>
/// <param name="Parcels">How often it has left. A second parcel is another one to the carrier.</param>
/// <param name="Shipment">Of the last parcel.</param>
public sealed record Delivery(
    Guid RegistrationId, string Number, Guid RaceId, DeliveryStatus Status, int Version, Kit Kit, int Parcels = 0, Shipment? Shipment = null)
{
    /// <summary>In these the kit is still here: it can be changed, and stopped.</summary>
    public static IReadOnlyList<DeliveryStatus> Here { get; } = [DeliveryStatus.Received, DeliveryStatus.Backordered, DeliveryStatus.Ready];

    private bool IsHere => Here.Contains(Status);

    private bool IsWhole => Kit is { HasTop: true, HasBottom: true };

    /// <summary>Whether it is in a parcel; it is in any that is not named.</summary>
    public bool IsIn(Shipment? parcel) => parcel is null || parcel == Shipment;

    /// <summary>What it needs of an item.</summary>
    public Sku Sku(Item item) => new(RaceId, item, item is Item.Top ? Kit.TopSize : Kit.BottomSize);

    /// <summary>Sets aside what there is for it.</summary>
    public Delivery Serve(Shelves shelves) => Take(Item.Top, shelves).Take(Item.Bottom, shelves).Settle(shelves);

    /// <summary>Sets one part aside, if there is one and it lacks it. To be followed by <see cref="Settle"/>.</summary>
    public Delivery Take(Item item, Shelves shelves) =>
        !IsHere || Has(item) || !shelves.TryAllocate(Sku(item), RegistrationId) ? this : Mark(item, true);

    /// <summary>It is ready when both parts are set aside, and waits otherwise.</summary>
    public Delivery Settle(Shelves shelves)
    {
        var status = IsWhole ? DeliveryStatus.Ready : shelves.Keeps(RaceId) ? DeliveryStatus.Backordered : DeliveryStatus.Received;
        return !IsHere || status == Status ? this : Step(status);
    }

    /// <summary>It is ready when both parts are set aside; whether it has to wait is not known yet.</summary>
    public Delivery Complete() => IsHere && IsWhole && Status is not DeliveryStatus.Ready ? Step(DeliveryStatus.Ready) : this;

    /// <summary>
    /// Other sizes: what was set aside in the old ones goes back, and the new ones are set aside if there are any that nobody waits for. Its place in the queue stays. One whose turn has
    /// not come yet goes on waiting for it.
    /// </summary>
    public Delivery? Change(string topSize, string bottomSize, Shelves shelves) => !IsHere ? null
        : Swap(Item.Top, topSize, shelves).Swap(Item.Bottom, bottomSize, shelves) is var swapped && Status is DeliveryStatus.Received ? swapped : swapped.Serve(shelves);

    /// <summary>The carrier takes it.</summary>
    public Delivery? Dispatch(Shipment shipment, Shelves shelves) => Status is not DeliveryStatus.Ready ? null
        : Move(MovementKind.Dispatched, shelves).Step(DeliveryStatus.Dispatched) with { Parcels = Parcels + 1, Shipment = shipment };

    /// <summary>It is handed out.</summary>
    public Delivery? PickUp(Shelves shelves) => Status is DeliveryStatus.Ready ? Move(MovementKind.Dispatched, shelves).Step(DeliveryStatus.PickedUp) : null;

    /// <summary>It arrives.</summary>
    public Delivery? Deliver() => Status is DeliveryStatus.Dispatched ? Step(DeliveryStatus.Delivered) : null;

    /// <summary>The registration ended: the kit stays, or is asked back.</summary>
    public Delivery? Cancel(Shelves shelves) => Status switch
    {
        DeliveryStatus.Dispatched or DeliveryStatus.Delivered or DeliveryStatus.PickedUp => Step(DeliveryStatus.ReturnRequested),
        _ => Stop(shelves),
    };

    /// <summary>Nobody knows any more where the kit would go. What has left goes on.</summary>
    public Delivery? Erase(Shelves shelves) => Stop(shelves);

    /// <summary>
    /// It came back: asked for, or because nobody was there to take it, or because it was not right. <paramref name="isGood"/>: somebody else can have it; otherwise it is scrapped. Of a registration
    /// that stands two steps: back, and waiting again, in its old place in the queue, for what <paramref name="runner"/> wants now. Nobody waits for one who was forgotten.
    /// </summary>
    public IReadOnlyList<Delivery> Return(bool isGood, Runner runner, Shelves shelves)
    {
        if (Status is not (DeliveryStatus.Dispatched or DeliveryStatus.Delivered or DeliveryStatus.PickedUp or DeliveryStatus.ReturnRequested)) return [];
        var back = Move(MovementKind.Returned, shelves);
        if (!isGood) back = back.Move(MovementKind.Scrapped, shelves);
        back = (back with { Kit = Kit with { HasTop = false, HasBottom = false } }).Step(DeliveryStatus.Returned);
        return Status is DeliveryStatus.ReturnRequested || runner.IsForgotten ? [back]
            : [back, (back with { Status = DeliveryStatus.Received, Kit = new Kit(runner.TopSize, runner.BottomSize) }).Serve(shelves)];
    }

    private Delivery? Stop(Shelves shelves) => !IsHere ? null
        : (Move(MovementKind.Released, shelves) with { Kit = Kit with { HasTop = false, HasBottom = false } }).Step(DeliveryStatus.Cancelled);

    private Delivery Swap(Item item, string size, Shelves shelves)
    {
        if (Sku(item).Size == size) return this;
        if (Has(item)) shelves.Move(Sku(item), MovementKind.Released, RegistrationId);
        var swapped = Mark(item, false);
        return swapped with { Kit = item is Item.Top ? swapped.Kit with { TopSize = size } : swapped.Kit with { BottomSize = size } };
    }

    private Delivery Move(MovementKind kind, Shelves shelves)
    {
        foreach (var item in Enum.GetValues<Item>())
            if (Has(item)) shelves.Move(Sku(item), kind, RegistrationId);
        return this;
    }

    private bool Has(Item item) => item is Item.Top ? Kit.HasTop : Kit.HasBottom;

    private Delivery Mark(Item item, bool has) => this with { Kit = item is Item.Top ? Kit with { HasTop = has } : Kit with { HasBottom = has } };

    private Delivery Step(DeliveryStatus next) => this with { Status = next, Version = Version + 1 };
}
