using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Dispatching;

/// <summary>Hand kits to the carrier.</summary>
/// <param name="Shipments">By the registrations' numbers; null: it is booked with our own carrier.</param>
public sealed record DispatchKits(IReadOnlyDictionary<string, Shipment?> Shipments);

/// <summary>Hand the kits of a race to the carrier that are ready, at most <paramref name="Limit"/>.</summary>
/// <param name="RaceId">Of the race.</param>
/// <param name="Limit">Kits.</param>
/// <param name="RequestKey">Under which it may come twice: the second time it is the same kits, and not the next ones.</param>
public sealed record DispatchRace(Guid RaceId, int Limit, string? RequestKey = null);

/// <summary>Hand the kits to the carrier that have been ready since <paramref name="ReadyBefore"/>, of races whose kits are sent, at most <paramref name="Limit"/>.</summary>
public sealed record DispatchDueGoods(DateTimeOffset ReadyBefore, int Limit);

/// <summary>Kits leave.</summary>
public sealed class DispatchGoods(IDeliveries deliveries, ICarrier carrier, Kits kits, Outbox outbox)
{
    /// <summary>By number.</summary>
    public async Task<KitSteps> HandleAsync(DispatchKits command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var ids = await deliveries.NamedAsync([.. command.Shipments.Keys], work, cancellationToken);
        var steps = await DispatchAsync([.. ids.Values], command.Shipments, work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }

    /// <summary>All of a race.</summary>
    public async Task<KitSteps> HandleAsync(DispatchRace command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (command.RequestKey is { } key && await deliveries.ClaimAsync(command.RaceId, key, work, cancellationToken) is { } left)
        {
            var before = await deliveries.LockAsync(left, work, cancellationToken);
            return new KitSteps(before, before);
        }
        var ready = await deliveries.ReadyAsync(command.RaceId, command.Limit, work, cancellationToken);
        var steps = await DispatchAsync(ready, null, work, cancellationToken);
        // Where none leaves, nothing has happened, and the key is free still.
        if (steps.Steps.Count == 0) return steps;
        if (command.RequestKey is not null) await deliveries.NoteAsync(command.RaceId, command.RequestKey, steps.Steps.Select(kit => kit.RegistrationId), work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps;
    }

    /// <summary>By the clock; returns how many left.</summary>
    public async Task<int> HandleAsync(DispatchDueGoods command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var due = await deliveries.DueAsync(command.ReadyBefore, command.Limit, work, cancellationToken);
        var steps = await DispatchAsync(due, null, work, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return steps.Steps.Count;
    }

    private Task<KitSteps> DispatchAsync(
        IReadOnlyCollection<Guid> registrations, IReadOnlyDictionary<string, Shipment?>? shipments, UnitOfWork work, CancellationToken cancellationToken) =>
        kits.StepAsync(registrations, async (found, shelves) =>
        {
            var ready = found.Where(kit => kit.Status is DeliveryStatus.Ready).ToList();
            var booked = ready.FindAll(kit => shipments?.GetValueOrDefault(kit.Number) is null);
            var ours = booked.Zip(booked.Count == 0 ? [] : await carrier.BookAsync(booked, cancellationToken)).ToDictionary(pair => pair.First.RegistrationId, pair => pair.Second);
            return [.. ready.Select(kit => kit.Dispatch(ours.GetValueOrDefault(kit.RegistrationId) ?? shipments![kit.Number]!, shelves)).OfType<Delivery>()];
        }, work, cancellationToken);
}
