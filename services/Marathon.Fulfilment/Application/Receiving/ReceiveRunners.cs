using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Receiving;

/// <summary>Someone whose place is paid for comes onto the roll.</summary>
/// <param name="Entry">Their line.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record ReceiveRunner(RollEntry Entry, string? TraceParent);

/// <summary>Puts runners on the roll, gives each a bib, begins the delivery of the kit, and sets aside what there is for it.</summary>
public sealed class ReceiveRunners(IRaces races, IRoll roll, IDeliveries deliveries, IStock stock, TimeProvider time)
{
    /// <summary>In the order of <paramref name="commands"/>: who was first has the lower bib.</summary>
    public async Task HandleAsync(IReadOnlyList<ReceiveRunner> commands, UnitOfWork work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var entries = commands.Select(command => command.Entry).ToList();
        var names = entries.GroupBy(entry => entry.RaceId).ToDictionary(race => race.Key, race => race.Last().RaceName);
        await races.MeetAsync(names, work, cancellationToken);
        var bibs = await GiveBibsAsync(entries, names.Keys, work, cancellationToken);
        await roll.AddAsync(entries, bibs, now, work, cancellationToken);

        var shelves = await stock.ReadAsync(names.Keys, work, cancellationToken);
        var begun = entries.ConvertAll(entry => (Delivery: Begin(entry).Serve(shelves), entry));
        await deliveries.AddAsync(begun, now, work, cancellationToken);
        await stock.SaveAsync(shelves, now, work, cancellationToken);

        foreach (var ((command, bib), (delivery, _)) in commands.Zip(bibs).Zip(begun))
        {
            work.Publish(new RegisterMasterReceived { RegistrationId = delivery.RegistrationId, Number = delivery.Number, RaceId = delivery.RaceId, Bib = bib, At = now }, 1, command.TraceParent);
            if (delivery.Version > 1) work.Publish(Kits.Fact(delivery, now), delivery.Version, command.TraceParent);
        }
    }

    private static Delivery Begin(RollEntry entry) => new(
        entry.RegistrationId, entry.Number, entry.RaceId, DeliveryStatus.Received, Version: 1, new Kit(entry.Runner.TopSize, entry.Runner.BottomSize));

    private async Task<IReadOnlyList<int>> GiveBibsAsync(List<RollEntry> entries, IReadOnlyCollection<Guid> raceIds, UnitOfWork work, CancellationToken cancellationToken)
    {
        var blocks = (await roll.BlocksAsync(raceIds, work, cancellationToken)).ToLookup(entry => entry.RaceId, entry => entry.Block);
        var capacities = await roll.CapacitiesAsync(raceIds, work, cancellationToken);
        var bibs = new int[entries.Count];
        var changed = new List<(Guid, BibBlock)>();
        foreach (var race in entries.Index().GroupBy(entry => entry.Item.RaceId))
        {
            var before = blocks[race.Key].ToList();
            var (given, after) = Bibs.Give([.. race.Select(entry => entry.Item.Division.Id)], before, capacities);
            foreach (var ((place, _), bib) in race.Zip(given)) bibs[place] = bib;
            changed.AddRange(after.Except(before).Select(block => (race.Key, block)));
        }
        await roll.SaveBlocksAsync(changed, work, cancellationToken);
        return bibs;
    }
}
