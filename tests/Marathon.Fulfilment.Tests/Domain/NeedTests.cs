using Marathon.Fulfilment.Domain;

namespace Marathon.Fulfilment.Tests.Domain;

public class NeedTests
{
    [Theory]
    [InlineData(10, 0, 0, 10, 0)]
    [InlineData(10, 3, 4, 3, 0)]
    [InlineData(10, 10, 0, 0, 0)]
    [InlineData(10, 0, 25, 0, 0)]
    [InlineData(0, 0, 0, 0, 0)]
    public void Of_WhenTheRaceIsFull_IsWhatIsAwaitedWithoutWhatIsThereOrToCome(int awaited, int free, int onOrder, int now, int more)
    {
        var need = Need.Of(awaited, free, onOrder, inThisSize: 20, runners: 100, places: 100);

        Assert.Equal(new Need(now, now + more), need);
    }

    [Fact]
    public void AtCapacity_TakesItThatSizesAreChosenAsBefore() => Assert.Equal(180, Need.Of(0, 0, 0, inThisSize: 20, runners: 100, places: 1000).AtCapacity);

    [Fact]
    public void AtCapacity_RoundsUp() => Assert.Equal(1, Need.Of(0, 0, 0, inThisSize: 1, runners: 100, places: 101).AtCapacity);

    [Fact]
    public void AtCapacity_CountsWhatIsThereForThoseToCome() => Assert.Equal(new Need(0, 130), Need.Of(10, 50, 10, inThisSize: 20, runners: 100, places: 1000));

    [Fact]
    public void AtCapacity_WhenNobodyHasChosenYet_KnowsNothing() => Assert.Equal(new Need(0, 0), Need.Of(0, 0, 0, 0, 0, 1000));

    [Fact]
    public void AtCapacity_WhenMoreRunThanThereArePlaces_NeedsNoLessThanNow() => Assert.Equal(new Need(5, 5), Need.Of(5, 0, 0, 50, 100, 80));
}
