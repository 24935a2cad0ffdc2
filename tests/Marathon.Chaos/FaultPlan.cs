namespace Marathon.Chaos;

/// <summary>What is done to the system next.</summary>
/// <param name="Pause">Before it.</param>
/// <param name="Targets">Killed at the same moment: processes, or in an outage one resource.</param>
internal sealed record Step(TimeSpan Pause, FaultKind Kind, IReadOnlyList<string> Targets);

/// <summary>A sequence of faults that a seed decides: the same seed, the same plan. How long the system takes to come back decides when each happens.</summary>
internal static class FaultPlan
{
    /// <summary>Registering does without them.</summary>
    public static readonly IReadOnlyList<string> NotNeeded = ["fulfilment", "notification", "dashboard"];

    private const double BothAtOnce = 0.5;

    /// <summary>
    /// For ever. Everything is harmed once, in an order of its own, before anything is harmed again. What registering does not need is taken away for a
    /// while, with all its replicas; the rest, and each of several replicas, comes back by itself, and every other time two go at once.
    /// </summary>
    /// <param name="processes">The names of all processes.</param>
    /// <param name="longestPause">Between two faults.</param>
    public static IEnumerable<Step> Make(int seed, IReadOnlyCollection<string> processes, TimeSpan longestPause)
    {
        var random = new Random(seed);
        var kills = processes.Except(NotNeeded).Order(StringComparer.Ordinal).ToArray();
        while (true)
        {
            (FaultKind Kind, string Target)[] deck = [.. kills.Select(process => (FaultKind.Kill, process)), .. NotNeeded.Select(resource => (FaultKind.Outage, resource))];
            random.Shuffle(deck);
            foreach (var (kind, target) in deck)
            {
                var other = kills[random.Next(kills.Length)];
                string[] targets = kind == FaultKind.Kill && other != target && random.NextDouble() < BothAtOnce ? [target, other] : [target];
                yield return new Step(longestPause * (0.2 + 0.8 * random.NextDouble()), kind, targets);
            }
        }
    }

    /// <summary>Whether a process is the resource's, or one of its replicas.</summary>
    public static bool IsOf(string process, string resource) => process == resource || (process.StartsWith(resource + "-", StringComparison.Ordinal));
}
