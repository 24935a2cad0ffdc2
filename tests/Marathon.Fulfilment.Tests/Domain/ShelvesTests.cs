using Marathon.Fulfilment.Domain;
using static Marathon.Fulfilment.Domain.MovementKind;

namespace Marathon.Fulfilment.Tests.Domain;

public class ShelvesTests
{
    private static readonly Guid Race = Guid.NewGuid(), Runner = Guid.NewGuid();
    private static readonly Sku Shirt = new(Race, Item.Top, "M"), Shorts = new(Race, Item.Bottom, "L");

    [Theory]
    [InlineData(Received, 13, 10, 10, 10)]
    [InlineData(Allocated, 7, 13, 10, 10)]
    [InlineData(Released, 13, 7, 10, 10)]
    [InlineData(Dispatched, 10, 7, 13, 10)]
    [InlineData(Returned, 13, 10, 7, 10)]
    [InlineData(Scrapped, 7, 10, 10, 13)]
    public void After_EveryKindOfMovement_MovesFromOnePlaceToAnother(MovementKind kind, int free, int allocated, int gone, int scrapped)
    {
        var after = new Level(10, 10, 10, 10).After(kind, 3);

        Assert.Equal(new Level(free, allocated, gone, scrapped), after);
        Assert.Equal(kind is Received ? 43 : 40, after?.Received);
    }

    [Theory]
    [InlineData(Allocated, 3, 9, 9)]
    [InlineData(Released, 9, 3, 9)]
    [InlineData(Dispatched, 9, 3, 9)]
    [InlineData(Returned, 9, 9, 3)]
    [InlineData(Scrapped, 3, 9, 9)]
    public void After_WhenThereAreNotSoMany_IsNothing(MovementKind kind, int free, int allocated, int gone)
    {
        Assert.NotNull(new Level(free, allocated, gone, 0).After(kind, 3));
        Assert.Null(new Level(free, allocated, gone, 0).After(kind, 4));
    }

    [Fact]
    public void TryMove_WhenItCannot_ChangesAndNotesNothing()
    {
        var shelves = Of(Shirt, new Level(1, 0, 0, 0));

        Assert.False(shelves.TryMove(new Movement(Shirt, Scrapped, 2)));
        Assert.Equal(new Level(1, 0, 0, 0), shelves.Of(Shirt));
        Assert.Empty(shelves.Movements);
        Assert.Empty(shelves.Changed);
    }

    [Fact]
    public void Changed_AfterSeveralMovements_NamesEachOnceAsItIsNow()
    {
        var shelves = Of(Shirt, new Level(5, 0, 0, 0));
        shelves.TryMove(new Movement(Shirt, Scrapped, 1));
        shelves.TryMove(new Movement(Shorts, Received, 2));
        shelves.TryMove(new Movement(Shirt, Allocated, 1, Runner));

        Assert.Equal([KeyValuePair.Create(Shirt, new Level(3, 1, 0, 1)), KeyValuePair.Create(Shorts, new Level(2, 0, 0, 0))], shelves.Changed);
        Assert.Equal([Scrapped, Received, Allocated], shelves.Movements.Select(movement => movement.Kind));
    }

    [Fact]
    public void TryAllocate_WhenSomebodyWaitsForIt_LeavesItToThem()
    {
        var shelves = new Shelves(new Dictionary<Sku, Level> { [Shirt] = new(5, 0, 0, 0) }, [Shirt]);

        Assert.False(shelves.TryAllocate(Shirt, Runner));
        Assert.Empty(shelves.Movements);
    }

    [Fact]
    public void TryAllocate_WhenAPieceIsFreedAfterSomebodyGotNone_IsNotForWhoComesLater()
    {
        var shelves = Of(Shirt, new Level(0, 1, 0, 0));

        Assert.False(shelves.TryAllocate(Shirt, Guid.NewGuid()));
        shelves.Move(Shirt, Released, Runner);

        Assert.False(shelves.TryAllocate(Shirt, Guid.NewGuid()));
        Assert.Equal(new Level(1, 0, 0, 0), shelves.Of(Shirt));
    }

    [Fact]
    public void Move_OfWhatIsNotThere_IsAMistakeOfOurs() =>
        Assert.Throws<InvalidOperationException>(() => Of(Shirt, new Level(5, 0, 0, 0)).Move(Shirt, Dispatched, Runner));

    [Fact]
    public void Keeps_ARaceOnceAnyGoodsHaveCome()
    {
        var shelves = Of(Shirt, new Level(0, 0, 0, 1));

        Assert.True(shelves.Keeps(Race));
        Assert.False(shelves.Keeps(Guid.NewGuid()));
    }

    private static Shelves Of(Sku sku, Level level) => new(new Dictionary<Sku, Level> { [sku] = level }, []);
}
