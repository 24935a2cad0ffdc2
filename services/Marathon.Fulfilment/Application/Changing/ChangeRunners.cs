using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Changing;

/// <summary>A runner changed sizes, address or phone number.</summary>
/// <param name="RegistrationId">Whose.</param>
/// <param name="Runner">As of now.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record ChangeRunner(Guid RegistrationId, Runner Runner, string? TraceParent);

/// <summary>Writes the change on the roll, and on the delivery while the kit is still here: other sizes swap the goods that are set aside.</summary>
public sealed class ChangeRunners(IRoll roll, IDeliveries deliveries, Kits kits)
{
    /// <summary>Tells only whether the kit waits now, or waits no more: the change itself is known from the registration's own stream.</summary>
    public async Task HandleAsync(IReadOnlyList<ChangeRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var sizes = commands.ToDictionary(command => command.RegistrationId, command => command.Runner);
        var changes = commands.Select(command => (command.RegistrationId, command.Runner)).ToList();
        await kits.StepAsync(
            commands.ToDictionary(command => command.RegistrationId, command => command.TraceParent),
            (kit, shelves) => sizes[kit.RegistrationId] is var runner && (runner.TopSize, runner.BottomSize) != (kit.Kit.TopSize, kit.Kit.BottomSize)
                ? kit.Change(runner.TopSize, runner.BottomSize, shelves)
                : null,
            work, cancellationToken);
        await roll.ChangeAsync(changes, work, cancellationToken);
        await deliveries.ChangeAsync(changes, work, cancellationToken);
    }
}
