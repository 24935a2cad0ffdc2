using Marathon.Fulfilment.Application.Ports;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Cancelling;

/// <summary>A confirmed registration ended.</summary>
/// <param name="RegistrationId">Which.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record CancelRunner(Guid RegistrationId, string? TraceParent);

/// <summary>Takes runners off the roll and stops their kits, or asks them back when they have left.</summary>
public sealed class CancelRunners(IRoll roll, Kits kits, TimeProvider time)
{
    /// <summary>Waits for a dispatch that is under way: the locks decide who was first.</summary>
    public async Task HandleAsync(IReadOnlyList<CancelRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (commands.Count == 0) return;
        var causes = commands.ToDictionary(command => command.RegistrationId, command => command.TraceParent);
        var stopped = await kits.StepAsync(causes, (kit, shelves) => kit.Cancel(shelves), work, cancellationToken);
        if (stopped.Before.Count != causes.Count)
            throw new InvalidOperationException($"{causes.Count - stopped.Before.Count} of {causes.Count} cancelled registrations have no delivery.");
        await roll.RemoveAsync([.. causes.Keys], time.GetUtcNow(), work, cancellationToken);
    }
}
