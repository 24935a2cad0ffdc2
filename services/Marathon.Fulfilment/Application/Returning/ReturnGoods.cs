using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Returning;

/// <summary>Kits came back.</summary>
/// <param name="Registrations">Whose.</param>
/// <param name="IsGood">Whether somebody else can have them; if not, they are scrapped.</param>
/// <param name="Parcel">In which parcel, where the carrier says so: what has left again since has not come back.</param>
public sealed record ReturnKits(IReadOnlyList<Guid> Registrations, bool IsGood, Shipment? Parcel = null);

/// <inheritdoc cref="ReturnKits"/>
public sealed class ReturnGoods(IRoll roll, IDeliveries deliveries, Kits kits, Outbox outbox)
{
    /// <summary>What became of it; no step where a kit had not left. What is sent again goes to where the runner lives now, which may be why it came back.</summary>
    public async Task<KitSteps> HandleAsync(ReturnKits command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        IReadOnlyDictionary<Guid, Runner> runners = new Dictionary<Guid, Runner>();
        var steps = await kits.StepAsync(
            command.Registrations,
            async (found, shelves) =>
            {
                runners = await roll.RunnersAsync(command.Registrations, work, cancellationToken);
                return [.. found.Where(kit => kit.IsIn(command.Parcel)).SelectMany(kit => kit.Return(command.IsGood, runners[kit.RegistrationId], shelves))];
            },
            work, cancellationToken,
            tell: (kit, now) => kit.Status is DeliveryStatus.Returned
                ? new GoodsReturned { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now, IsGood = command.IsGood }
                : Kits.Fact(kit, now));
        await deliveries.ChangeAsync([.. runners.Select(runner => (runner.Key, runner.Value))], work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
