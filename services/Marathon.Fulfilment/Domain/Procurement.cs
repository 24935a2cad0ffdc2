namespace Marathon.Fulfilment.Domain;

/// <summary>Where an order of goods is.</summary>
public enum ProcurementStatus
{
    /// <summary>The organiser wants the goods.</summary>
    Requested,

    /// <summary>A supplier will make them.</summary>
    Accepted,

    /// <summary>They are on their way.</summary>
    Shipped,

    /// <summary>They came, and what passed is in stock.</summary>
    Inspected,

    /// <summary>They are not wanted any more.</summary>
    Cancelled,
}

/// <summary>Pieces of one item in one size, and what an inspection found of them. What neither passed nor failed did not come.</summary>
public sealed record ProcurementLine(Item Item, string Size, int Quantity, int? Passed = null, int? Failed = null);

/// <summary>Who makes the goods, and on which terms.</summary>
/// <param name="Name">The firm.</param>
/// <param name="ContactName">The person.</param>
/// <param name="ContactPhoneNo">Where messages go.</param>
/// <param name="Language">Of messages: <c>ko</c> or <c>en</c>.</param>
/// <param name="Price">For all of it, in whole units of the currency.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="DueDate">The day by which the goods are to be here.</param>
public sealed record Supply(string Name, string ContactName, string ContactPhoneNo, string Language, long Price, string Currency, DateOnly DueDate);

/// <summary>What an inspection found of one line.</summary>
public sealed record Finding(Item Item, string Size, int Passed, int Failed);

/// <summary>
/// The organiser's order of goods to a supplier, from the wish to the inspection. Each step gives the order after it, or null where the step has no place (any more):
/// one that was cancelled or inspected takes none.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Number">What people call it.</param>
/// <param name="RaceId">The race whose goods they are.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Version">Events told of it so far; every step tells one.</param>
/// <param name="Lines">What is ordered.</param>
/// <param name="Supply">Since a supplier has accepted it.</param>
public sealed record Procurement(
    Guid Id, string Number, Guid RaceId, ProcurementStatus Status, int Version, IReadOnlyList<ProcurementLine> Lines, Supply? Supply = null)
{
    /// <summary>A supplier will make it.</summary>
    public Procurement? Accept(Supply supply) => Status is ProcurementStatus.Requested ? Step(ProcurementStatus.Accepted) with { Supply = supply } : null;

    /// <summary>The supplier has sent it.</summary>
    public Procurement? Ship() => Status is ProcurementStatus.Accepted ? Step(ProcurementStatus.Shipped) : null;

    /// <summary>It is not wanted any more, however far it is. What arrives nevertheless goes back.</summary>
    public Procurement? Cancel() => Status is ProcurementStatus.Inspected or ProcurementStatus.Cancelled ? null : Step(ProcurementStatus.Cancelled);

    /// <summary>
    /// It came and was looked at, every line of it: what passed goes onto the shelves, in the same step. To be asked before: <see cref="Wrong"/>.
    /// </summary>
    public Procurement? Inspect(IReadOnlyList<Finding> findings, Shelves shelves)
    {
        if (Status is not ProcurementStatus.Shipped) return null;
        var found = findings.ToDictionary(finding => (finding.Item, finding.Size));
        var inspected = Lines.Select(line => line with { Passed = found[(line.Item, line.Size)].Passed, Failed = found[(line.Item, line.Size)].Failed }).ToList();
        foreach (var line in inspected)
            if (line.Passed > 0) shelves.Receive(new Movement(new Sku(RaceId, line.Item, line.Size), MovementKind.Received, line.Passed.Value, ProcurementId: Id));
        return Step(ProcurementStatus.Inspected) with { Lines = inspected };
    }

    /// <summary>What is wrong with findings, by the names of the API; empty when nothing is.</summary>
    public Dictionary<string, FormattableString> Wrong(IReadOnlyList<Finding> findings)
    {
        var errors = new Dictionary<string, FormattableString>();
        foreach (var (at, finding) in findings.Index())
        {
            var line = Lines.FirstOrDefault(line => (line.Item, line.Size) == (finding.Item, finding.Size));
            if (line is null) errors[$"lines[{at}]"] = $"is no line of this order";
            else if (findings.Take(at).Any(other => (other.Item, other.Size) == (finding.Item, finding.Size))) errors[$"lines[{at}]"] = $"is there twice";
            else if (finding.Passed + finding.Failed > line.Quantity) errors[$"lines[{at}]"] = $"must not be more than were ordered, {line.Quantity}";
        }
        if (Lines.FirstOrDefault(line => !findings.Any(finding => (finding.Item, finding.Size) == (line.Item, line.Size))) is { } missing)
            errors["lines"] = $"must be all lines of the order: {missing.Item.Word()} {missing.Size} is missing";
        return errors;
    }

    private Procurement Step(ProcurementStatus next) => this with { Status = next, Version = Version + 1 };
}
