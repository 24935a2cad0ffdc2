using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Allocating;

/// <summary>Gives what is free to those who wait for it, in the order in which their places were paid for. Any number of replicas may do it.</summary>
public sealed class AllocateGoods(IRaces races, IDeliveries deliveries, IStock stock, Kits kits, Outbox outbox, FulfilmentOptions options, ILogger<AllocateGoods> logger)
{
    /// <summary>At most <paramref name="limit"/> kits of each race; returns how many were looked at. 0: nobody waits for what is there.</summary>
    public async Task<int> HandleAsync(int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> toServe;
        await using (var look = await outbox.BeginAsync(cancellationToken)) toServe = await stock.RacesToServeAsync(options.SettleTime, look, cancellationToken);
        var served = 0;
        foreach (var race in toServe)
        {
            try
            {
                served += await ServeAsync(race, limit, cancellationToken);
            }
            // One race that cannot be served keeps no other waiting.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning("The goods of race {RaceId} are given out later: {Reason}", race, exception.Message);
            }
        }
        return served;
    }

    private async Task<int> ServeAsync(Guid race, int limit, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await races.LockAsync([race], work, cancellationToken);
        var queues = new List<(Item Item, IReadOnlyList<Guid> First)>();
        foreach (var (sku, level) in (await stock.ReadAsync([race], work, cancellationToken, heedsQueues: false)).Levels)
        {
            var most = Math.Min(level.Free, limit - queues.Sum(queue => queue.First.Count));
            if (most > 0) queues.Add((sku.Item, await deliveries.AwaitingAsync(sku, most, work, cancellationToken)));
        }
        // Who gets nothing is told that there is nothing; but only when nobody is left who gets something, for that may be they.
        var first = queues.SelectMany(queue => queue.First).Distinct().ToList();
        var looked = first.Count > 0
            ? await kits.StepAsync(first, (found, shelves) => Task.FromResult(Serve(found, queues, shelves)), work, cancellationToken, heedsQueues: false)
            : await kits.StepAsync(
                await deliveries.ReceivedAsync(race, limit, work, cancellationToken),
                (found, shelves) => Task.FromResult<IReadOnlyList<Delivery>>([.. found.Select(kit => kit.Settle(shelves))]), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return looked.Steps.Count;
    }

    private static IReadOnlyList<Delivery> Serve(IReadOnlyList<Delivery> found, List<(Item Item, IReadOnlyList<Guid> First)> queues, Shelves shelves)
    {
        var byId = found.ToDictionary(kit => kit.RegistrationId);
        foreach (var (item, first) in queues)
            foreach (var id in first) byId[id] = byId[id].Take(item, shelves);
        return [.. byId.Values.Select(kit => kit.Complete())];
    }
}
