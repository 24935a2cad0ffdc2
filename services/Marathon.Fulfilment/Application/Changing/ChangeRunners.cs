using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Changing;

/// <summary>A runner changed sizes, address or phone number.</summary>
public sealed record ChangeRunner(Guid RegistrationId, Runner Runner);

/// <summary>Writes the change on the roll, and on the delivery while the kit is still here.</summary>
public sealed class ChangeRunners(IRoll roll, IDeliveries deliveries)
{
    /// <summary>Tells nothing: the change is known from the registration's own stream.</summary>
    public async Task HandleAsync(IReadOnlyList<ChangeRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var changes = commands.Select(command => (command.RegistrationId, command.Runner)).ToList();
        await roll.ChangeAsync(changes, work, cancellationToken);
        await deliveries.ChangeAsync(changes, Delivery.OpenToChange, work, cancellationToken);
    }
}
