namespace Marathon.Fulfilment.Domain;

/// <summary>What has to be bought of an item in a size.</summary>
/// <param name="Now">So that everybody who is registered has theirs.</param>
/// <param name="AtCapacity">So that everybody would who registers until all places are taken, if they choose sizes as those before them did.</param>
public readonly record struct Need(int Now, int AtCapacity)
{
    /// <summary>
    /// Counts what is free and what is on order as there. The forecast rounds up: a shirt too many costs less than one too few.
    /// </summary>
    /// <param name="awaited">Runners who wait for a piece.</param>
    /// <param name="free">Pieces that are nobody's.</param>
    /// <param name="onOrder">Pieces that are to come.</param>
    /// <param name="inThisSize">Runners on the roll in this size.</param>
    /// <param name="runners">Runners on the roll.</param>
    /// <param name="places">Places of the race.</param>
    public static Need Of(int awaited, int free, int onOrder, int inThisSize, int runners, int places)
    {
        var there = free + onOrder;
        var toCome = runners == 0 ? 0 : (int)Math.Ceiling((double)Math.Max(0, places - runners) * inThisSize / runners);
        return new Need(Math.Max(0, awaited - there), Math.Max(0, awaited + toCome - there));
    }
}
