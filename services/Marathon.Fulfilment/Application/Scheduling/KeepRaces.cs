using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Scheduling;

/// <summary>Writes down what Registration says of a race, and keeps a block of bibs for each of its divisions.</summary>
public sealed class KeepRaces(IRaces races, IRoll roll, IStock stock, FulfilmentOptions options, TimeProvider time)
{
    /// <summary>In demonstrations the shelves are filled with <see cref="FulfilmentOptions.OpeningStock"/> of everything that is new on the race's chart.</summary>
    public async Task HandleAsync(RacePlan plan, UnitOfWork work, CancellationToken cancellationToken)
    {
        await races.MeetAsync(new Dictionary<Guid, string> { [plan.Id] = plan.Name }, work, cancellationToken);
        await races.KeepAsync(plan, work, cancellationToken);

        var blocks = (await roll.BlocksAsync([plan.Id], work, cancellationToken)).Select(entry => entry.Block).ToList();
        var reserved = Bibs.Reserve(plan.Divisions, blocks);
        await roll.SaveBlocksAsync([.. reserved.Except(blocks).Select(block => (plan.Id, block))], work, cancellationToken);

        if (options.OpeningStock == 0) return;
        var shelves = await stock.ReadAsync([plan.Id], work, cancellationToken);
        foreach (var sku in plan.Skus.Where(sku => shelves.Of(sku).Received == 0).ToList())
            shelves.Receive(new Movement(sku, MovementKind.Received, options.OpeningStock, Note: "opening stock"));
        await stock.SaveAsync(shelves, time.GetUtcNow(), work, cancellationToken);
    }
}
