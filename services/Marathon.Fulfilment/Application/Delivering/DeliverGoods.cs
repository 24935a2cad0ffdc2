using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Delivering;

/// <summary>Kits arrived.</summary>
/// <param name="Registrations">Whose.</param>
/// <param name="Parcel">In which parcel, where the carrier says so: what has left again since has not arrived.</param>
public sealed record DeliverKits(IReadOnlyList<Guid> Registrations, Shipment? Parcel = null);

/// <inheritdoc cref="DeliverKits"/>
public sealed class DeliverGoods(Kits kits, Outbox outbox)
{
    /// <summary>What became of them; no step where a kit was not on its way.</summary>
    public async Task<KitSteps> HandleAsync(DeliverKits command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var steps = await kits.StepAsync(
            command.Registrations.ToDictionary(id => id, _ => (string?)null), (kit, _) => kit.IsIn(command.Parcel) ? kit.Deliver() : null, work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
