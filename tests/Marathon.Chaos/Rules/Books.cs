using System.Diagnostics;

namespace Marathon.Chaos.Rules;

/// <summary>The rules of the books, awaited.</summary>
internal static class Books
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500), SayEvery = TimeSpan.FromSeconds(5);

    /// <summary>Waits until they hold, the first of those that do not said now and then. How long it took; null when they did not by the deadline.</summary>
    /// <param name="isMeant">Which of them are looked at; null: all.</param>
    public static async Task<TimeSpan?> RightAsync(Evidence evidence, TimeSpan deadline, Action<string> say, Func<Rule, bool>? isMeant = null)
    {
        var rules = AllRules.List.Where(rule => rule.IsOfBooks && isMeant?.Invoke(rule) != false).ToList();
        var (watch, said) = (Stopwatch.StartNew(), TimeSpan.Zero);
        // Twice: the rules are looked at one after the other, and what one does not see any more another may have seen too early.
        for (var held = 0; held < 2;)
        {
            if (await FirstBrokenAsync(rules, evidence) is not (var rule, var violations))
            {
                held++;
                continue;
            }
            held = 0;
            if (watch.Elapsed > deadline)
            {
                foreach (var violation in violations.Take(10)) say($"{rule}: {violation}");
                return null;
            }
            if (watch.Elapsed - said > SayEvery) say($"draining since {(said = watch.Elapsed).TotalSeconds:N0} s: not yet so that {rule} ({violations.Count})");
            await Task.Delay(Poll);
        }
        return watch.Elapsed;
    }

    private static async Task<(string Rule, IReadOnlyList<string> Violations)?> FirstBrokenAsync(IEnumerable<Rule> rules, Evidence evidence)
    {
        foreach (var rule in rules)
            if ((await rule.Check(evidence)).Violations is { Count: > 0 } violations) return (rule.Name, violations);
        return null;
    }
}
