using Marathon.Fulfilment.Domain;
using static Marathon.Fulfilment.Domain.DeliveryStatus;

namespace Marathon.Fulfilment.Tests;

public class DeliveryTests
{
    private static readonly Shipment Shipment = new("Carrier", "0001");

    [Theory]
    [InlineData(Received, Dispatched)]
    [InlineData(Dispatched, null)]
    [InlineData(Delivered, null)]
    [InlineData(Cancelled, null)]
    [InlineData(ReturnRequested, null)]
    public void Dispatch_OnlyWhenReceived_Leaves(DeliveryStatus before, DeliveryStatus? after) => Assert.Equal(after, At(before).Dispatch(Shipment)?.Status);

    [Theory]
    [InlineData(Received, null)]
    [InlineData(Dispatched, Delivered)]
    [InlineData(Delivered, null)]
    [InlineData(Cancelled, null)]
    [InlineData(ReturnRequested, null)]
    public void Deliver_OnlyWhenDispatched_Arrives(DeliveryStatus before, DeliveryStatus? after) => Assert.Equal(after, At(before).Deliver()?.Status);

    [Theory]
    [InlineData(Received, Cancelled)]
    [InlineData(Dispatched, ReturnRequested)]
    [InlineData(Delivered, ReturnRequested)]
    [InlineData(Cancelled, null)]
    [InlineData(ReturnRequested, null)]
    public void Cancel_WhenTheKitHasLeft_AsksItBack_OtherwiseStopsItOnce(DeliveryStatus before, DeliveryStatus? after) =>
        Assert.Equal(after, At(before).Cancel()?.Status);

    [Fact]
    public void EveryStep_WhenTaken_TellsOneEventAndKeepsTheShipment()
    {
        var returned = At(Received).Dispatch(Shipment)?.Deliver()?.Cancel();

        Assert.Equal(At(ReturnRequested) with { Version = 4, Shipment = Shipment }, returned);
    }

    private static Delivery At(DeliveryStatus status) => new(Guid.Empty, "M-0000-0000", status, Version: 1);
}
