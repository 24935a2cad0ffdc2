using Marathon.Fulfilment.Domain;
using static Marathon.Fulfilment.Domain.ProcurementStatus;

namespace Marathon.Fulfilment.Tests.Domain;

public class ProcurementTests
{
    private static readonly Guid Race = Guid.NewGuid(), Order = Guid.NewGuid();
    private static readonly Supply Supply = new("Hanbit Textile", "Lee Supplier", "010-1111-2222", "ko", 500_000, "KRW", new DateOnly(2026, 11, 1));
    private static readonly Finding[] Findings = [new(Item.Top, "M", 7, 2), new(Item.Bottom, "L", 0, 10)];

    public static TheoryData<string, ProcurementStatus, ProcurementStatus?> Steps()
    {
        var allowed = new Dictionary<(string, ProcurementStatus), ProcurementStatus>
        {
            [("accept", Requested)] = Accepted,
            [("ship", Accepted)] = Shipped,
            [("inspect", Shipped)] = Inspected,
            [("cancel", Requested)] = Cancelled,
            [("cancel", Accepted)] = Cancelled,
            [("cancel", Shipped)] = Cancelled,
        };
        var steps = new TheoryData<string, ProcurementStatus, ProcurementStatus?>();
        foreach (var step in new[] { "accept", "ship", "inspect", "cancel" })
            foreach (var before in Enum.GetValues<ProcurementStatus>()) steps.Add(step, before, allowed.TryGetValue((step, before), out var after) ? after : null);
        return steps;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_FromEveryStatus_IsTakenOnlyWhereItHasItsPlace(string step, ProcurementStatus before, ProcurementStatus? after)
    {
        var shelves = new Shelves(new Dictionary<Sku, Level>(), []);
        var order = At(before);

        var taken = step switch { "accept" => order.Accept(Supply), "ship" => order.Ship(), "inspect" => order.Inspect(Findings, shelves), _ => order.Cancel() };

        Assert.Equal((after, after is null ? null : order.Version + 1), (taken?.Status, taken?.Version));
        if (after is not Inspected) Assert.Empty(shelves.Movements);
    }

    [Fact]
    public void Accept_KeepsTheTerms() => Assert.Equal(Supply, At(Requested).Accept(Supply)?.Supply);

    [Fact]
    public void Inspect_PutsOnlyWhatPassedOntoTheShelves()
    {
        var shelves = new Shelves(new Dictionary<Sku, Level>(), []);

        var order = At(Shipped).Inspect(Findings, shelves);

        Assert.Equal([new ProcurementLine(Item.Top, "M", 10, 7, 2), new ProcurementLine(Item.Bottom, "L", 10, 0, 10)], order?.Lines);
        Assert.Equal([new Movement(new Sku(Race, Item.Top, "M"), MovementKind.Received, 7, ProcurementId: Order)], shelves.Movements);
    }

    [Fact]
    public void Wrong_WhenEveryLineIsFound_IsNothing() => Assert.Empty(At(Shipped).Wrong(Findings));

    [Theory]
    [InlineData("lines", "TOP M 7 2")]
    [InlineData("lines[2]", "TOP M 7 2", "BOTTOM L 0 10", "TOP XL 1 0")]
    [InlineData("lines[1]", "TOP M 7 2", "TOP M 1 0", "BOTTOM L 1 1")]
    [InlineData("lines[0]", "TOP M 7 4", "BOTTOM L 0 10")]
    public void Wrong_WhenFindingsDoNotFit_NamesTheLine(string field, params string[] findings) =>
        Assert.Equal([field], At(Shipped).Wrong([.. findings.Select(text => text.Split(' ')).Select(parts => new Finding(
            parts[0] == "TOP" ? Item.Top : Item.Bottom, parts[1], int.Parse(parts[2], null), int.Parse(parts[3], null)))]).Keys);

    private static Procurement At(ProcurementStatus status) =>
        new(Order, "PO-000001", Race, status, Version: 3, [new(Item.Top, "M", 10), new(Item.Bottom, "L", 10)], status is Requested ? null : Supply);
}
