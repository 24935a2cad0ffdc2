using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application;

/// <summary>Kits before some steps, and the steps, in order; a kit may have made none, or more than one.</summary>
public sealed record KitSteps(IReadOnlyList<Delivery> Before, IReadOnlyList<Delivery> Steps)
{
    /// <summary>None.</summary>
    public static KitSteps None { get; } = new([], []);
}

/// <summary>
/// How kits go on, whatever makes them: the rows of their races are locked, then theirs, always in this order; the goods move with them; everything that happened is told.
/// </summary>
public sealed class Kits(IRaces races, IDeliveries deliveries, IStock stock, TimeProvider time)
{
    /// <summary>A step of each kit by itself.</summary>
    public Task<KitSteps> StepAsync(
        IReadOnlyDictionary<Guid, string?> causes, Func<Delivery, Shelves, Delivery?> step, UnitOfWork work, CancellationToken cancellationToken) =>
        StepAsync(causes.Keys.ToList(), (kits, shelves) => Task.FromResult<IReadOnlyList<Delivery>>([.. kits.Select(kit => step(kit, shelves)).OfType<Delivery>()]), work, cancellationToken, causes);

    /// <summary>Steps of several kits. <paramref name="causes"/>: the traces of what caused them; without, the current activity did.</summary>
    public async Task<KitSteps> StepAsync(
        IReadOnlyCollection<Guid> registrations, Func<IReadOnlyList<Delivery>, Shelves, Task<IReadOnlyList<Delivery>>> step, UnitOfWork work, CancellationToken cancellationToken,
        IReadOnlyDictionary<Guid, string?>? causes = null, Func<Delivery, DateTimeOffset, DeliveryEvent>? tell = null, bool heedsQueues = true)
    {
        if (registrations.Count == 0) return KitSteps.None;
        var raceIds = await races.LockAsync(await deliveries.RacesOfAsync(registrations, work, cancellationToken), work, cancellationToken);
        var shelves = await stock.ReadAsync(raceIds, work, cancellationToken, heedsQueues);
        var before = await deliveries.LockAsync(registrations, work, cancellationToken);

        var steps = await step(before, shelves);
        var now = time.GetUtcNow();
        await deliveries.SaveAsync(steps.GroupBy(kit => kit.RegistrationId).Select(kit => kit.Last()).ToList(), now, work, cancellationToken);
        await stock.SaveAsync(shelves, now, work, cancellationToken);
        var told = before.ToDictionary(kit => kit.RegistrationId, kit => kit.Version);
        foreach (var kit in steps)
        {
            if (kit.Version == told[kit.RegistrationId]) continue;
            work.Publish((tell ?? Fact)(kit, now), kit.Version, causes?.GetValueOrDefault(kit.RegistrationId));
            told[kit.RegistrationId] = kit.Version;
        }
        return new KitSteps(before, steps);
    }

    /// <summary>What is told of a kit that has come into its status.</summary>
    public static DeliveryEvent Fact(Delivery kit, DateTimeOffset now) => kit.Status switch
    {
        DeliveryStatus.Ready => new GoodsReady { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        DeliveryStatus.Backordered => new GoodsBackordered { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        DeliveryStatus.Dispatched => new GoodsDispatched
        {
            RegistrationId = kit.RegistrationId, Number = kit.Number, At = now, Carrier = kit.Shipment!.Carrier, TrackingNumber = kit.Shipment.TrackingNumber,
        },
        DeliveryStatus.Delivered => new GoodsDelivered { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        DeliveryStatus.PickedUp => new GoodsPickedUp { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        DeliveryStatus.Cancelled => new GoodsCancelled { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        DeliveryStatus.ReturnRequested => new GoodsReturnRequested { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now },
        _ => throw new InvalidOperationException($"{kit.RegistrationId} has come into {kit.Status}, which is told otherwise."),
    };
}
