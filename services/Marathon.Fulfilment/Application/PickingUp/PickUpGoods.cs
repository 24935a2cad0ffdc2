using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.PickingUp;

/// <summary>Kits are handed out.</summary>
/// <param name="Registrations">Whose.</param>
public sealed record PickUpKits(IReadOnlyList<Guid> Registrations);

/// <inheritdoc cref="PickUpKits"/>
public sealed class PickUpGoods(Kits kits, Outbox outbox)
{
    /// <summary>What became of them; no step where a kit was not ready.</summary>
    public async Task<KitSteps> HandleAsync(PickUpKits command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var steps = await kits.StepAsync(command.Registrations.ToDictionary(id => id, _ => (string?)null), (kit, shelves) => kit.PickUp(shelves), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
