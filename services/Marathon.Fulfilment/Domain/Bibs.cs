namespace Marathon.Fulfilment.Domain;

/// <summary>Bib numbers of one division of a race, from <paramref name="First"/> to <paramref name="Last"/>; <paramref name="Next"/> is the next to be given.</summary>
public sealed record BibBlock(Guid DivisionId, int First, int Last, int Next)
{
    /// <summary>How many are left.</summary>
    public int Left => Last - Next + 1;
}

/// <summary>
/// Each division of a race has a block of bib numbers, so that a number tells the division: a block begins after a full thousand, 1, 1001, 2001 …, and is as long as
/// the division's capacity and a tenth, in full thousands. Within a block numbers are given without gaps, in the order in which runners come onto the roll. A number is never
/// given again, not even when its runner leaves: it may be printed already. Where more come than a block has numbers, because many left, the division gets another one
/// behind all others.
/// </summary>
public static class Bibs
{
    private const int Thousand = 1000;

    /// <summary>Blocks for those of <paramref name="divisions"/> that have none yet, in their order, behind those there are.</summary>
    public static IReadOnlyList<BibBlock> Reserve(IReadOnlyList<(Guid Id, int Capacity)> divisions, IReadOnlyList<BibBlock> blocks)
    {
        var all = blocks.ToList();
        foreach (var (id, capacity) in divisions)
            if (!all.Exists(block => block.DivisionId == id)) all.Add(Behind(all, id, capacity));
        return all;
    }

    /// <summary>
    /// The bibs of runners who come in this order, by their divisions, and the race's blocks after that. <paramref name="capacities"/> is of the divisions that were heard of; one that
    /// was not gets a block of the shortest length.
    /// </summary>
    public static (IReadOnlyList<int> Bibs, IReadOnlyList<BibBlock> Blocks) Give(
        IReadOnlyList<Guid> divisions, IReadOnlyList<BibBlock> blocks, IReadOnlyDictionary<Guid, int> capacities)
    {
        var all = blocks.ToList();
        var bibs = new List<int>(divisions.Count);
        foreach (var division in divisions)
        {
            var at = all.FindIndex(block => block.DivisionId == division && block.Left > 0);
            if (at < 0)
            {
                at = all.Count;
                all.Add(Behind(all, division, capacities.GetValueOrDefault(division)));
            }
            bibs.Add(all[at].Next);
            all[at] = all[at] with { Next = all[at].Next + 1 };
        }
        return (bibs, all);
    }

    private static BibBlock Behind(List<BibBlock> blocks, Guid division, int capacity)
    {
        var first = Thousands(blocks.Select(block => block.Last).DefaultIfEmpty().Max()) + 1;
        return new BibBlock(division, first, first - 1 + Math.Max(Thousand, Thousands(capacity + (capacity / 10))), first);
    }

    private static int Thousands(int number) => (number + Thousand - 1) / Thousand * Thousand;
}
