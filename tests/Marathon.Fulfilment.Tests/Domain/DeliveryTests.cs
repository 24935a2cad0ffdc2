using Marathon.Fulfilment.Domain;
using static Marathon.Fulfilment.Domain.DeliveryStatus;

namespace Marathon.Fulfilment.Tests.Domain;

public class DeliveryTests
{
    private static readonly Guid Race = Guid.NewGuid(), Runner = Guid.NewGuid();
    private static readonly Runner AsBefore = new("Kim Runner", "010-1234-5678", "1 Hangang-daero, Seoul", "M", "L");
    private static readonly Shipment Shipment = new("Carrier", "0001");
    private static readonly Sku Shirt = new(Race, Item.Top, "M"), Shorts = new(Race, Item.Bottom, "L"), LargeShirt = new(Race, Item.Top, "XL");

    public static TheoryData<string, DeliveryStatus, DeliveryStatus[]> Steps()
    {
        var allowed = new Dictionary<(string, DeliveryStatus), DeliveryStatus[]>
        {
            [("dispatch", Ready)] = [Dispatched],
            [("pick up", Ready)] = [PickedUp],
            [("deliver", Dispatched)] = [Delivered],
            [("cancel", Received)] = [Cancelled],
            [("cancel", Backordered)] = [Cancelled],
            [("cancel", Ready)] = [Cancelled],
            [("cancel", Dispatched)] = [ReturnRequested],
            [("cancel", Delivered)] = [ReturnRequested],
            [("cancel", PickedUp)] = [ReturnRequested],
            [("erase", Received)] = [Cancelled],
            [("erase", Backordered)] = [Cancelled],
            [("erase", Ready)] = [Cancelled],
            [("return", Dispatched)] = [Returned, Ready],
            [("return", Delivered)] = [Returned, Ready],
            [("return", PickedUp)] = [Returned, Ready],
            [("return", ReturnRequested)] = [Returned],
            // Who is not served yet is served with all the others.
            [("change", Received)] = [Received],
            [("change", Backordered)] = [Ready],
            [("change", Ready)] = [Ready],
        };
        var steps = new TheoryData<string, DeliveryStatus, DeliveryStatus[]>();
        foreach (var step in new[] { "dispatch", "pick up", "deliver", "cancel", "erase", "return", "change" })
            foreach (var before in Enum.GetValues<DeliveryStatus>()) steps.Add(step, before, allowed.GetValueOrDefault((step, before), []));
        return steps;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_FromEveryStatus_IsTakenOnlyWhereItHasItsPlace(string step, DeliveryStatus before, DeliveryStatus[] after)
    {
        var (kit, shelves) = At(before, free: 1);

        var taken = Take(step, kit, shelves);

        Assert.Equal(after, taken.Select(each => each.Status));
        if (after.Length == 0) Assert.Empty(shelves.Movements);
        // Every change of status tells one event; one that leaves it as it is tells none.
        Assert.Equal(after.Select((_, at) => kit.Version + at + 1 - (after[0] == before ? 1 : 0)), taken.Select(each => each.Version));
    }

    [Theory]
    [InlineData("dispatch", Ready, 1, 0, 1)]
    [InlineData("pick up", Ready, 1, 0, 1)]
    [InlineData("deliver", Dispatched, 1, 0, 1)]
    [InlineData("cancel", Ready, 2, 0, 0)]
    [InlineData("cancel", Dispatched, 1, 0, 1)]
    [InlineData("cancel", Delivered, 1, 0, 1)]
    [InlineData("erase", Ready, 2, 0, 0)]
    [InlineData("return", ReturnRequested, 2, 0, 0)]
    [InlineData("return", Dispatched, 1, 1, 0)]
    public void Step_OfAKit_TakesItsGoodsAlong(string step, DeliveryStatus before, int free, int allocated, int gone)
    {
        var (kit, shelves) = At(before, free: 1);

        var after = Take(step, kit, shelves)[^1];

        foreach (var sku in new[] { Shirt, Shorts }) Assert.Equal(new Level(free, allocated, gone, 0), shelves.Of(sku));
        Assert.Equal(allocated + gone > 0, after.Kit is { HasTop: true, HasBottom: true });
        Assert.Equal(allocated + gone == 0, after.Kit is { HasTop: false, HasBottom: false });
    }

    [Fact]
    public void Serve_WhenNoGoodsHaveComeForTheRace_WaitsForTheOrganiser()
    {
        var (kit, _) = At(Received, free: 0);

        Assert.Equal(kit, kit.Serve(new Shelves(new Dictionary<Sku, Level>(), [])));
    }

    [Theory]
    [InlineData(1, 1, Ready)]
    [InlineData(1, 0, Backordered)]
    [InlineData(0, 1, Backordered)]
    [InlineData(0, 0, Backordered)]
    public void Serve_WhenGoodsHaveCome_SetsAsideWhatThereIs(int shirts, int shorts, DeliveryStatus after)
    {
        var shelves = new Shelves(new Dictionary<Sku, Level> { [Shirt] = new(shirts, 0, 0, 0), [Shorts] = new(shorts, 0, 0, 0) }, []);

        var served = At(Received, 0).Kit.Serve(shelves);

        Assert.Equal((after, 2, shirts == 1, shorts == 1), (served.Status, served.Version, served.Kit.HasTop, served.Kit.HasBottom));
        Assert.Equal((new Level(0, shirts, 0, 0), new Level(0, shorts, 0, 0)), (shelves.Of(Shirt), shelves.Of(Shorts)));
    }

    [Fact]
    public void Serve_WhenSomebodyWaitsLonger_TakesNothingFromThem()
    {
        var shelves = new Shelves(new Dictionary<Sku, Level> { [Shirt] = new(5, 0, 0, 0), [Shorts] = new(5, 0, 0, 0) }, [Shirt]);

        var served = At(Received, 0).Kit.Serve(shelves);

        Assert.Equal((Backordered, false, true), (served.Status, served.Kit.HasTop, served.Kit.HasBottom));
    }

    [Fact]
    public void Change_WhenTheOtherSizeIsThere_SwapsAndStaysReady()
    {
        var (kit, shelves) = At(Ready, free: 1);

        var changed = kit.Change("XL", "L", shelves);

        Assert.Equal(kit with { Kit = new Kit("XL", "L", true, true) }, changed);
        Assert.Equal([(Shirt, MovementKind.Released), (LargeShirt, MovementKind.Allocated)], shelves.Movements.Select(movement => (movement.Sku, movement.Kind)));
    }

    [Fact]
    public void Change_WhenTheOtherSizeIsNotThere_GivesTheOldOneBackAndWaits()
    {
        var (kit, shelves) = At(Ready, free: 0);

        var changed = kit.Change("XL", "L", shelves)!;

        Assert.Equal((Backordered, kit.Version + 1, new Kit("XL", "L", false, true)), (changed.Status, changed.Version, changed.Kit));
        Assert.Equal((new Level(1, 0, 0, 0), new Level(0, 1, 0, 0)), (shelves.Of(Shirt), shelves.Of(Shorts)));
    }

    [Fact]
    public void Change_OfAKitThatWaits_NeedsNothingBack()
    {
        var (kit, shelves) = At(Backordered, free: 0);

        var changed = kit.Change("XL", "M", shelves)!;

        Assert.Equal(kit with { Kit = new Kit("XL", "M") }, changed);
        Assert.Empty(shelves.Movements);
    }

    [Fact]
    public void Return_WhenDamaged_ScrapsItAndWaitsAgainForAnother()
    {
        var (kit, shelves) = At(Dispatched, free: 0);

        var steps = kit.Return(isGood: false, AsBefore, shelves);

        Assert.Equal([(Returned, kit.Version + 1), (Backordered, kit.Version + 2)], steps.Select(step => (step.Status, step.Version)));
        Assert.Equal(new Level(0, 0, 0, 1), shelves.Of(Shirt));
        Assert.Equal(new Level(0, 0, 0, 1), shelves.Of(Shorts));
        Assert.False(steps[^1].Kit.HasTop || steps[^1].Kit.HasBottom);
    }

    [Fact]
    public void Return_OfAKitThatLeftBeforeStockWasKept_WaitsForTheOrganiserAgain()
    {
        var kit = At(Dispatched, 0).Kit with { Kit = new Kit("M", "L") };
        var shelves = new Shelves(new Dictionary<Sku, Level>(), []);

        var steps = kit.Return(isGood: true, AsBefore, shelves);

        Assert.Equal([(Returned, kit.Version + 1), (Received, kit.Version + 1)], steps.Select(step => (step.Status, step.Version)));
        Assert.Empty(shelves.Movements);
    }

    [Fact]
    public void Return_WhenTheRunnerWantsAnotherSizeNow_WaitsForThat()
    {
        var (kit, shelves) = At(Dispatched, free: 1);

        var again = kit.Return(isGood: true, AsBefore with { TopSize = "XL" }, shelves)[^1];

        Assert.Equal((Ready, new Kit("XL", "L", true, true)), (again.Status, again.Kit));
        Assert.Equal((new Level(2, 0, 0, 0), new Level(0, 1, 0, 0)), (shelves.Of(Shirt), shelves.Of(LargeShirt)));
    }

    [Fact]
    public void Return_WhenTheRunnerIsForgotten_IsTheEnd()
    {
        var (kit, shelves) = At(Dispatched, free: 1);

        Assert.Equal([Returned], kit.Return(isGood: true, new Runner("", "", "", "M", "L"), shelves).Select(step => step.Status));
        Assert.Equal(new Level(2, 0, 0, 0), shelves.Of(Shirt));
    }

    [Fact]
    public void Dispatch_AfterAReturn_IsAnotherParcel()
    {
        var (kit, shelves) = At(Ready, free: 0);

        var first = kit.Dispatch(Shipment, shelves)!;
        var second = first.Return(isGood: true, AsBefore, shelves)[^1].Dispatch(Shipment with { TrackingNumber = "0002" }, shelves)!;

        Assert.Equal((1, 2), (first.Parcels, second.Parcels));
        Assert.Equal("0002", second.Shipment?.TrackingNumber);
    }

    private static IReadOnlyList<Delivery> Take(string step, Delivery kit, Shelves shelves) => step switch
    {
        "return" => kit.Return(isGood: true, AsBefore, shelves),
        _ => (step switch
        {
            "dispatch" => kit.Dispatch(Shipment, shelves),
            "pick up" => kit.PickUp(shelves),
            "deliver" => kit.Deliver(),
            "cancel" => kit.Cancel(shelves),
            "erase" => kit.Erase(shelves),
            "change" => kit.Change("XL", "L", shelves),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        }) is { } after ? [after] : [],
    };

    /// <summary>A kit in a status with the goods that it has in it, and shelves on which they are where they belong; besides, <paramref name="free"/> of each.</summary>
    private static (Delivery Kit, Shelves Shelves) At(DeliveryStatus status, int free)
    {
        var (here, left) = (status is Ready, status is Dispatched or Delivered or PickedUp or ReturnRequested);
        var level = new Level(free, here ? 1 : 0, left ? 1 : 0, 0);
        var shelves = new Shelves(new Dictionary<Sku, Level> { [Shirt] = level, [Shorts] = level, [LargeShirt] = new(free, 0, 0, 0) }, []);
        return (new Delivery(Runner, "M-0000-0000", Race, status, Version: 1, new Kit("M", "L", here || left, here || left), left ? 1 : 0, left ? Shipment : null), shelves);
    }
}
