using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.PickingUp;

/// <summary>A kit is handed out.</summary>
/// <param name="RegistrationId">Whose.</param>
public sealed record PickUpKit(Guid RegistrationId);

/// <inheritdoc cref="PickUpKit"/>
public sealed class PickUpGoods(Kits kits, Outbox outbox)
{
    /// <summary>What became of it; no step where the kit was not ready.</summary>
    public async Task<KitSteps> HandleAsync(PickUpKit command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var steps = await kits.StepAsync(new Dictionary<Guid, string?> { [command.RegistrationId] = null }, (kit, shelves) => kit.PickUp(shelves), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
