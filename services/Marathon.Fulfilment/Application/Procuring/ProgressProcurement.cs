using Marathon.Contracts;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Procuring;

/// <summary>What happens to an order after it was made.</summary>
public abstract record ProcurementStep(Guid ProcurementId)
{
    /// <summary>A supplier accepts it.</summary>
    public sealed record Accept(Guid ProcurementId, Supply Supply) : ProcurementStep(ProcurementId);

    /// <summary>The supplier has sent it.</summary>
    public sealed record Ship(Guid ProcurementId) : ProcurementStep(ProcurementId);

    /// <summary>It came and was looked at.</summary>
    public sealed record Inspect(Guid ProcurementId, IReadOnlyList<Finding> Findings) : ProcurementStep(ProcurementId);

    /// <summary>It is not wanted any more.</summary>
    public sealed record Cancel(Guid ProcurementId) : ProcurementStep(ProcurementId);
}

/// <summary>What became of it.</summary>
public abstract record ProcurementResult
{
    /// <summary>The order after it.</summary>
    public sealed record Done(Procurement Procurement) : ProcurementResult;

    /// <summary>The order is not where this could be done to it.</summary>
    public sealed record WrongState(ProcurementStatus Status) : ProcurementResult;

    /// <summary>The findings do not fit the order.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, FormattableString> Errors) : ProcurementResult;

    /// <summary>There is no such order.</summary>
    public sealed record NotFound : ProcurementResult;
}

/// <summary>Leads orders from the wish to the shelf. An inspection and the stock it brings are one transaction: there is never one without the other.</summary>
public sealed class ProgressProcurement(IRaces races, IProcurements procurements, IStock stock, Outbox outbox, TimeProvider time)
{
    /// <summary>One step.</summary>
    public async Task<ProcurementResult> HandleAsync(ProcurementStep step, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await procurements.RaceOfAsync(step.ProcurementId, work, cancellationToken) is not { } raceId) return new ProcurementResult.NotFound();
        await races.LockAsync([raceId], work, cancellationToken);
        if (await procurements.LockAsync(step.ProcurementId, work, cancellationToken) is not { } procurement) return new ProcurementResult.NotFound();
        var shelves = await stock.ReadAsync([procurement.RaceId], work, cancellationToken);
        if (step is ProcurementStep.Inspect { Findings: var findings } && procurement.Status is ProcurementStatus.Shipped && procurement.Wrong(findings) is { Count: > 0 } errors)
            return new ProcurementResult.Invalid(errors);

        var after = step switch
        {
            ProcurementStep.Accept accept => procurement.Accept(accept.Supply),
            ProcurementStep.Ship => procurement.Ship(),
            ProcurementStep.Inspect inspect => procurement.Inspect(inspect.Findings, shelves),
            ProcurementStep.Cancel => procurement.Cancel(),
            _ => throw new InvalidOperationException(step.GetType().Name),
        };
        if (after is null) return new ProcurementResult.WrongState(procurement.Status);

        var now = time.GetUtcNow();
        await procurements.SaveAsync(after, now, work, cancellationToken);
        await stock.SaveAsync(shelves, now, work, cancellationToken);
        work.Publish(Fact(after, await races.NameAsync(after.RaceId, work, cancellationToken) ?? "", now), after.Version);
        await work.CommitAsync(cancellationToken);
        return new ProcurementResult.Done(after);
    }

    private static ProcurementEvent Fact(Procurement order, string raceName, DateTimeOffset now) => order.Status switch
    {
        ProcurementStatus.Accepted => new ProcurementAccepted
        {
            ProcurementId = order.Id, Number = order.Number, RaceId = order.RaceId, At = now,
            Supplier = order.Supply!.Name, Price = order.Supply.Price, Currency = order.Supply.Currency, DueDate = order.Supply.DueDate,
        },
        ProcurementStatus.Shipped => new ProcurementShipped { ProcurementId = order.Id, Number = order.Number, RaceId = order.RaceId, At = now },
        ProcurementStatus.Inspected => new ProcurementInspected
        {
            ProcurementId = order.Id, Number = order.Number, RaceId = order.RaceId, At = now, RaceName = raceName,
            Lines = [.. order.Lines.Select(line => new InspectedLine(line.Item.Word(), line.Size, line.Quantity, line.Passed!.Value, line.Failed!.Value))],
            Contact = new SupplierContact(order.Supply!.Name, order.Supply.ContactName, order.Supply.ContactPhoneNo, order.Supply.Language),
        },
        ProcurementStatus.Cancelled => new ProcurementCancelled { ProcurementId = order.Id, Number = order.Number, RaceId = order.RaceId, At = now },
        _ => throw new InvalidOperationException($"{order.Id} has come into {order.Status}, which is told otherwise."),
    };
}
