using Marathon.Fulfilment.Domain;

namespace Marathon.Fulfilment.Tests.Domain;

public class BibsTests
{
    private static readonly Guid Ten = Guid.NewGuid(), Half = Guid.NewGuid(), Full = Guid.NewGuid();
    private static readonly Dictionary<Guid, int> NotHeardOf = [];

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(909, 1000)]
    [InlineData(910, 2000)]
    [InlineData(1000, 2000)]
    [InlineData(20_000, 22_000)]
    public void Reserve_OfADivision_IsAsLongAsItsCapacityAndATenthInFullThousands(int capacity, int last) =>
        Assert.Equal([new BibBlock(Ten, 1, last, 1)], Bibs.Reserve([(Ten, capacity)], []));

    [Fact]
    public void Reserve_OfSeveralDivisions_PutsOneBehindTheOther() =>
        Assert.Equal([new BibBlock(Ten, 1, 1000, 1), new BibBlock(Half, 1001, 3000, 1001), new BibBlock(Full, 3001, 4000, 3001)], Bibs.Reserve([(Ten, 300), (Half, 1500), (Full, 10)], []));

    [Fact]
    public void Reserve_WhenSomeHaveABlock_GivesOnlyTheOthersOneBehindAll()
    {
        BibBlock[] there = [new(Half, 1, 1000, 7)];

        Assert.Equal([there[0], new BibBlock(Ten, 1001, 2000, 1001)], Bibs.Reserve([(Ten, 5), (Half, 9000)], there));
    }

    [Fact]
    public void Reserve_BehindBibsThatWereGivenWithoutBlocks_BeginsAfterTheNextFullThousand() =>
        Assert.Equal(2001, Bibs.Reserve([(Ten, 5)], [new BibBlock(Guid.Empty, 1, 1234, 1235)])[1].First);

    [Fact]
    public void Give_WhenDivisionsAreMixed_CountsEachOnInItsOwnBlockInTheOrderOfTheBatch()
    {
        var (bibs, blocks) = Bibs.Give([Half, Ten, Half, Ten, Half], [new(Ten, 1, 1000, 41), new(Half, 1001, 2000, 1001)], NotHeardOf);

        Assert.Equal([1001, 41, 1002, 42, 1003], bibs);
        Assert.Equal([43, 1004], blocks.Select(block => block.Next));
    }

    [Fact]
    public void Give_WhenADivisionWasNotHeardOf_MakesItAShortBlock()
    {
        var (bibs, blocks) = Bibs.Give([Half], [new(Ten, 1, 2000, 5)], NotHeardOf);

        Assert.Equal([2001], bibs);
        Assert.Equal(new BibBlock(Half, 2001, 3000, 2002), blocks[1]);
    }

    [Fact]
    public void Give_WhenABlockIsUsedUp_GoesOnInANewOneBehindAllOthers()
    {
        var (bibs, blocks) = Bibs.Give([Ten, Ten, Ten], [new(Ten, 1, 1000, 1000), new(Half, 1001, 2000, 1001)], new Dictionary<Guid, int> { [Ten] = 1500 });

        Assert.Equal([1000, 2001, 2002], bibs);
        Assert.Equal(new BibBlock(Ten, 2001, 4000, 2003), blocks[^1]);
        Assert.Equal(0, blocks[0].Left);
    }

    [Fact]
    public void Give_ThroughManyBatchesOfAllDivisions_NeverGivesANumberTwiceNorOutsideItsDivisionsBlocks()
    {
        var random = new Random(1);
        IReadOnlyList<BibBlock> blocks = [];
        var given = new Dictionary<int, Guid>();
        for (var batch = 0; batch < 300; batch++)
        {
            Guid[] divisions = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => new[] { Ten, Half, Full }[random.Next(3)])];
            (var bibs, blocks) = Bibs.Give(divisions, blocks, new Dictionary<Guid, int> { [Ten] = 950, [Half] = 20 });
            foreach (var (division, bib) in divisions.Zip(bibs)) Assert.True(given.TryAdd(bib, division), $"{bib} was given twice");
            if (batch == 100) blocks = Bibs.Reserve([(Ten, 950), (Half, 20), (Full, 5000)], blocks);
        }

        Assert.All(given, entry => Assert.Equal(entry.Value, Assert.Single(blocks, block => entry.Key >= block.First && entry.Key < block.Next).DivisionId));
        Assert.Equal(given.Count, blocks.Sum(block => block.Next - block.First));
    }
}
