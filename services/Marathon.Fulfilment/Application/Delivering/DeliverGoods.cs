using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Delivering;

/// <summary>A kit arrived.</summary>
/// <param name="RegistrationId">Whose.</param>
public sealed record DeliverKit(Guid RegistrationId);

/// <inheritdoc cref="DeliverKit"/>
public sealed class DeliverGoods(Kits kits, Outbox outbox)
{
    /// <summary>What became of it; no step where the kit was not on its way.</summary>
    public async Task<KitSteps> HandleAsync(DeliverKit command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var steps = await kits.StepAsync(new Dictionary<Guid, string?> { [command.RegistrationId] = null }, (kit, _) => kit.Deliver(), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
