namespace Marathon.Fulfilment.Domain;

/// <summary>
/// Bib numbers count up within a race, from 1, in the order in which runners come onto its roll. A number is never given again, not even
/// when its runner leaves the roll: it may be printed already.
/// </summary>
public static class Bibs
{
    /// <summary>
    /// The bibs of the entries whose races are <paramref name="races"/>, in the same order. <paramref name="last"/> is the last bib of each
    /// race once all of them are given, as the race's counter says after it moved on by their number.
    /// </summary>
    public static IReadOnlyList<int> Give(IReadOnlyList<Guid> races, IReadOnlyDictionary<Guid, int> last)
    {
        var next = races.CountBy(race => race).ToDictionary(given => given.Key, given => last[given.Key] - given.Value + 1);
        return [.. races.Select(race => next[race]++)];
    }
}
