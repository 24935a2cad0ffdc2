using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Receiving;

/// <summary>Someone whose place is paid for comes onto the roll.</summary>
/// <param name="Entry">Their line.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record ReceiveRunner(RollEntry Entry, string? TraceParent);

/// <summary>
/// Puts runners on the roll, gives each a bib, and begins the delivery of the kit. Goods are given out a moment later, by <see cref="Allocating.AllocateGoods"/>: runners are
/// heard of in no particular order, and who was confirmed first is to be served first.
/// </summary>
public sealed class ReceiveRunners(IRaces races, IRoll roll, IDeliveries deliveries, TimeProvider time)
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

        await deliveries.AddAsync(entries.ConvertAll(entry => (Begin(entry), entry)), now, work, cancellationToken);
        foreach (var ((entry, cause), bib) in commands.Zip(bibs))
            work.Publish(new RegisterMasterReceived { RegistrationId = entry.RegistrationId, Number = entry.Number, RaceId = entry.RaceId, Bib = bib, At = now }, version: 1, cause);
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
