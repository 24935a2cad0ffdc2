using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Receiving;

/// <summary>Someone whose place is paid for comes onto the roll.</summary>
/// <param name="Entry">Their line.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record ReceiveRunner(RollEntry Entry, string? TraceParent);

/// <summary>Puts runners on the roll, gives each a bib, and begins the delivery of the kit.</summary>
public sealed class ReceiveRunners(IRoll roll, IDeliveries deliveries, TimeProvider time)
{
    /// <summary>In the order of <paramref name="commands"/>: who was first has the lower bib.</summary>
    public async Task HandleAsync(IReadOnlyList<ReceiveRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var entries = commands.Select(command => command.Entry).ToList();
        var last = await roll.TakeBibsAsync(entries, work, cancellationToken);
        var bibs = Bibs.Give(entries.ConvertAll(entry => entry.Race.Id), last);
        await roll.AddAsync(entries, bibs, now, work, cancellationToken);

        var begun = entries.ConvertAll(entry => (Delivery: new Delivery(entry.RegistrationId, entry.Number, DeliveryStatus.Received, Version: 1), entry.Runner));
        await deliveries.AddAsync(begun, now, work, cancellationToken);

        foreach (var ((command, bib), (delivery, _)) in commands.Zip(bibs).Zip(begun))
            work.Publish(new RegisterMasterReceived
            {
                RegistrationId = delivery.RegistrationId,
                Number = delivery.Number,
                RaceId = command.Entry.Race.Id,
                Bib = bib,
                At = now,
            }, delivery.Version, command.TraceParent);
    }
}
