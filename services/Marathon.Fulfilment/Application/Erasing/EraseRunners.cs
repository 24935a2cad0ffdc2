using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Erasing;

/// <summary>A runner is to be forgotten.</summary>
/// <param name="RegistrationId">Which.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record EraseRunner(Guid RegistrationId, string? TraceParent);

/// <summary>Empties their lines and deliveries. A kit that has not left stays here: after a race its runner may be erased without having cancelled.</summary>
public sealed class EraseRunners(IDeliveries deliveries, Erasure erasure, TimeProvider time)
{
    /// <summary>Bibs, sizes and where the kits are stay. Who was never on a roll has nothing here.</summary>
    public async Task HandleAsync(IReadOnlyList<EraseRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var causes = commands.ToDictionary(command => command.RegistrationId, command => command.TraceParent);
        var now = time.GetUtcNow();
        var stopped = (await deliveries.LockAsync([.. causes.Keys], work, cancellationToken)).Select(delivery => delivery.Erase()).OfType<Delivery>().ToList();
        await deliveries.SaveAsync(stopped, now, work, cancellationToken);
        foreach (var delivery in stopped)
            work.Publish(new GoodsCancelled { RegistrationId = delivery.RegistrationId, Number = delivery.Number, At = now }, delivery.Version, causes[delivery.RegistrationId]);
        await erasure.EraseAsync(work, causes.Keys, cancellationToken);
    }
}
