using Marathon.Fulfilment.Domain;

namespace Marathon.Fulfilment.Tests;

public class BibsTests
{
    private static readonly Guid Spring = Guid.NewGuid(), Autumn = Guid.NewGuid();

    [Fact]
    public void Give_WhenTheRaceIsNew_CountsFromOne() =>
        Assert.Equal([1, 2, 3], Bibs.Give([Spring, Spring, Spring], new Dictionary<Guid, int> { [Spring] = 3 }));

    [Fact]
    public void Give_WhenRacesAreMixed_CountsEachOnFromItsOwnLastInTheOrderOfTheBatch() =>
        Assert.Equal([41, 1, 42, 2, 43], Bibs.Give([Spring, Autumn, Spring, Autumn, Spring], new Dictionary<Guid, int> { [Spring] = 43, [Autumn] = 2 }));

    [Fact]
    public void Give_WhenBatchesFollowEachOther_NeverGivesANumberTwice()
    {
        var last = 0;
        List<int> batches = [3, 1, 4];
        var given = batches.SelectMany(size => Bibs.Give([.. Enumerable.Repeat(Spring, size)], new Dictionary<Guid, int> { [Spring] = last += size }));

        Assert.Equal(Enumerable.Range(1, 8), given);
    }
}
