using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Erasing;

/// <summary>A runner is to be forgotten.</summary>
/// <param name="RegistrationId">Which.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record EraseRunner(Guid RegistrationId, string? TraceParent);

/// <summary>Empties their lines and deliveries. A kit that has not left stays here: after a race its runner may be erased without having cancelled.</summary>
public sealed class EraseRunners(Kits kits, Erasure erasure)
{
    /// <summary>Bibs, sizes and where the kits are stay. Who was never on a roll has nothing here.</summary>
    public async Task HandleAsync(IReadOnlyList<EraseRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var causes = commands.ToDictionary(command => command.RegistrationId, command => command.TraceParent);
        await kits.StepAsync(causes, (kit, shelves) => kit.Erase(shelves), work, cancellationToken);
        await erasure.EraseAsync(work, causes.Keys, cancellationToken);
    }
}
