using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Cancelling;

/// <summary>A confirmed registration ended.</summary>
/// <param name="RegistrationId">Which.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record CancelRunner(Guid RegistrationId, string? TraceParent);

/// <summary>Takes runners off the roll and stops their kits, or asks them back when they have left.</summary>
public sealed class CancelRunners(IRoll roll, IDeliveries deliveries, TimeProvider time)
{
    /// <summary>Waits for a dispatch that is under way: the delivery's row lock decides who was first.</summary>
    public async Task HandleAsync(IReadOnlyList<CancelRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (commands.Count == 0) return;
        var causes = commands.ToDictionary(command => command.RegistrationId, command => command.TraceParent);
        var locked = await deliveries.LockAsync([.. causes.Keys], work, cancellationToken);
        if (locked.Count != causes.Count)
            throw new InvalidOperationException($"{causes.Count - locked.Count} of {causes.Count} cancelled registrations have no delivery.");

        var now = time.GetUtcNow();
        await roll.RemoveAsync([.. causes.Keys], now, work, cancellationToken);
        var stopped = locked.Select(delivery => delivery.Cancel()).OfType<Delivery>().ToList();
        await deliveries.SaveAsync(stopped, now, work, cancellationToken);
        foreach (var delivery in stopped) work.Publish(Told(delivery, now), delivery.Version, causes[delivery.RegistrationId]);
    }

    private static DeliveryEvent Told(Delivery delivery, DateTimeOffset now) => delivery.Status is DeliveryStatus.ReturnRequested
        ? new GoodsReturnRequested { RegistrationId = delivery.RegistrationId, Number = delivery.Number, At = now }
        : new GoodsCancelled { RegistrationId = delivery.RegistrationId, Number = delivery.Number, At = now };
}
