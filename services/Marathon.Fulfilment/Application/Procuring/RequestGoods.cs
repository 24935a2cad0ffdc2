using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Line = Marathon.Fulfilment.Domain.ProcurementLine;

namespace Marathon.Fulfilment.Application.Procuring;

/// <summary>What to order where the organiser does not say it line by line.</summary>
public enum Basis
{
    /// <summary>What those need who are registered: <see cref="Need.Now"/>.</summary>
    Waiting,

    /// <summary>What a full race needs: <see cref="Need.AtCapacity"/>.</summary>
    Capacity,
}

/// <summary>Order goods for a race: these, or what is needed.</summary>
/// <param name="RaceId">The race.</param>
/// <param name="Lines">What to order; null: by <paramref name="Basis"/>.</param>
/// <param name="Basis">What is needed, and by whom.</param>
/// <param name="RequestKey">The same key again is the same order.</param>
public sealed record GoodsRequest(Guid RaceId, IReadOnlyList<Line>? Lines, Basis Basis, string? RequestKey)
{
    /// <summary>Whether it may have made this order. What is needed changes, so of one by its basis the lines say nothing.</summary>
    public bool IsOf(Procurement made) =>
        made.RaceId == RaceId && (Lines is null || Lines.SequenceEqual(made.Lines.Select(line => new Line(line.Item, line.Size, line.Quantity))));
}

/// <summary>What became of it.</summary>
public abstract record RequestGoodsResult
{
    /// <summary>The order, made now or by the same request before.</summary>
    public sealed record Requested(Guid ProcurementId) : RequestGoodsResult;

    /// <summary>Nobody can wear these: their sizes are not on the race's chart. By their places among the lines.</summary>
    public sealed record NotOnChart(IReadOnlyList<int> Lines) : RequestGoodsResult;

    /// <summary>There is no such race.</summary>
    public sealed record NoRace : RequestGoodsResult;

    /// <summary>Nothing is needed.</summary>
    public sealed record NothingNeeded : RequestGoodsResult;

    /// <summary>Another order was made under the request's key.</summary>
    public sealed record KeyReused : RequestGoodsResult;
}

/// <inheritdoc cref="GoodsRequest"/>
public sealed class RequestGoods(IRaces races, IProcurements procurements, Outbox outbox, TimeProvider time)
{
    /// <summary>Under the lock of the race, so that two who order what is needed do not both order it.</summary>
    public async Task<RequestGoodsResult> HandleAsync(GoodsRequest command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if ((await races.LockAsync([command.RaceId], work, cancellationToken)).Count == 0) return new RequestGoodsResult.NoRace();
        if (command.RequestKey is { } key && await procurements.FindAsync(key, work, cancellationToken) is { } made)
            return command.IsOf(made) ? new RequestGoodsResult.Requested(made.Id) : new RequestGoodsResult.KeyReused();
        var (demand, places) = await procurements.DemandAsync(command.RaceId, work, cancellationToken);
        var strange = (command.Lines ?? []).Index().Where(line => !demand.Any(known => known.Sku == new Sku(command.RaceId, line.Item.Item, line.Item.Size))).Select(line => line.Index).ToList();
        if (strange.Count > 0) return new RequestGoodsResult.NotOnChart(strange);
        var lines = command.Lines ?? [.. demand.Select(each => each.ToLine(demand, places, command.Basis)).Where(line => line.Quantity > 0)];
        if (lines.Count == 0) return new RequestGoodsResult.NothingNeeded();

        var now = time.GetUtcNow();
        var number = await procurements.NextNumberAsync(work, cancellationToken);
        var procurement = new Procurement(Guid.CreateVersion7(now), number, command.RaceId, ProcurementStatus.Requested, Version: 1, lines);
        await procurements.AddAsync(procurement, command.RequestKey, now, work, cancellationToken);
        work.Publish(new ProcurementRequested
        {
            ProcurementId = procurement.Id, Number = number, RaceId = command.RaceId, At = now,
            Lines = [.. lines.Select(line => new Contracts.ProcurementLine(line.Item.Word(), line.Size, line.Quantity))],
        }, procurement.Version);
        await work.CommitAsync(cancellationToken);
        return new RequestGoodsResult.Requested(procurement.Id);
    }
}

/// <summary>From what there is and who waits to what is needed.</summary>
public static class Needs
{
    /// <summary>What is needed of one, among all of the race.</summary>
    public static Need Of(this Demand one, IReadOnlyList<Demand> all, int places) => Need.Of(
        one.Awaited, one.Level.Free, one.OnOrder, one.Runners, all.Where(other => other.Sku.Item == one.Sku.Item).Sum(other => other.Runners), places);

    internal static Line ToLine(this Demand one, IReadOnlyList<Demand> all, int places, Basis basis) =>
        new(one.Sku.Item, one.Sku.Size, one.Of(all, places) is var need && basis is Basis.Waiting ? need.Now : need.AtCapacity);
}
