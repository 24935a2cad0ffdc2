namespace Marathon.Bench;

/// <summary>What a crowd was told, and how long each waited for it.</summary>
internal sealed class Answers
{
    private readonly Dictionary<string, List<double>> milliseconds = [];

    /// <summary>From the first request to the last answer that gave somebody a place (201, or 202 when the payment is still awaited).</summary>
    public TimeSpan LastPlace { get; private set; }

    public void Add(string kind, TimeSpan took, TimeSpan at)
    {
        if (!milliseconds.TryGetValue(kind, out var all)) milliseconds[kind] = all = [];
        all.Add(took.TotalMilliseconds);
        if (kind is "201" or "202" && at > LastPlace) LastPlace = at;
    }

    public static Answers Together(IEnumerable<Answers> parts)
    {
        var together = new Answers();
        foreach (var part in parts)
        {
            if (part.LastPlace > together.LastPlace) together.LastPlace = part.LastPlace;
            foreach (var (kind, all) in part.milliseconds)
                if (!together.milliseconds.TryAdd(kind, all)) together.milliseconds[kind].AddRange(all);
        }
        foreach (var all in together.milliseconds.Values) all.Sort();
        return together;
    }

    public int All => milliseconds.Values.Sum(all => all.Count);

    public int Count(params string[] kinds) => kinds.Sum(kind => milliseconds.TryGetValue(kind, out var all) ? all.Count : 0);

    /// <summary>
    /// Of those who may have a place, or get one, and were not told that they have: the payment is awaited, or the answer was lost on its way. Who was told
    /// that there was too much to do is never charged.
    /// </summary>
    public int Open => milliseconds.Where(pair => pair.Key is "202" or "no answer" || (pair.Key[0] == '5' && pair.Key != "503 overloaded")).Sum(pair => pair.Value.Count);

    /// <summary>Of this kind, or of all; 0.5 is the median, 1 the longest.</summary>
    public double Wait(double part, string? kind = null)
    {
        var waits = (kind is null ? milliseconds.Values.SelectMany(all => all) : milliseconds.GetValueOrDefault(kind) ?? []).Order().ToArray();
        return waits.Length == 0 ? double.NaN : waits[Math.Min(waits.Length - 1, (int)(part * waits.Length))];
    }

    public override string ToString() =>
        string.Join(", ", milliseconds.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value.Count:N0} × {pair.Key}"));
}
