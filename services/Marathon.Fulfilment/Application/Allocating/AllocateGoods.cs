using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Allocating;

/// <summary>Gives what is free to those who wait for it, in the order in which their places were paid for. Any number of replicas may do it.</summary>
public sealed class AllocateGoods(IRaces races, IDeliveries deliveries, IStock stock, Kits kits, Outbox outbox, FulfilmentOptions options)
{
    /// <summary>At most <paramref name="limit"/> of each item in each race; returns how many kits were looked at. 0: nobody waits for what is there.</summary>
    public async Task<int> HandleAsync(int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> toServe;
        await using (var look = await outbox.BeginAsync(cancellationToken)) toServe = await stock.RacesToServeAsync(options.SettleTime, look, cancellationToken);
        var served = 0;
        foreach (var race in toServe) served += await ServeAsync(race, limit, cancellationToken);
        return served;
    }

    private async Task<int> ServeAsync(Guid race, int limit, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await races.LockAsync([race], work, cancellationToken);
        var queues = new List<(Item Item, IReadOnlyList<Guid> First)>();
        foreach (var (sku, level) in (await stock.ReadAsync([race], work, cancellationToken, heedsQueues: false)).Levels.Where(entry => entry.Value.Free > 0))
            queues.Add((sku.Item, await deliveries.AwaitingAsync(sku, Math.Min(level.Free, limit), work, cancellationToken)));
        // Who gets nothing waits for stock from now on: only when nobody is left who gets something.
        var waiting = queues.Exists(queue => queue.First.Count > 0) ? [] : await deliveries.ReceivedAsync(race, limit, work, cancellationToken);
        var looked = await kits.StepAsync(
            [.. queues.SelectMany(queue => queue.First).Concat(waiting).Distinct()], (found, shelves) => Task.FromResult(Serve(found, queues, shelves)), work, cancellationToken, heedsQueues: false);
        await work.CommitAsync(cancellationToken);
        return looked.Steps.Count;
    }

    private static IReadOnlyList<Delivery> Serve(IReadOnlyList<Delivery> found, List<(Item Item, IReadOnlyList<Guid> First)> queues, Shelves shelves)
    {
        var byId = found.ToDictionary(kit => kit.RegistrationId);
        foreach (var (item, first) in queues)
            foreach (var id in first) byId[id] = byId[id].Take(item, shelves);
        return [.. byId.Values.Select(kit => kit.Settle(shelves))];
    }
}
