using Marathon.Chaos;
using Marathon.Chaos.Rules;
using Marathon.Testing;

namespace Marathon.Fuzz;

/// <summary>What a run has left behind: in the books, in the databases, in the logs.</summary>
internal static class Aftermath
{
    /// <summary>
    /// The rules of the books that are not for here: whoever tries every value uses one phone number twice and leaves orders of goods as they are,
    /// and here messages go into the sandbox, which does not say that they arrive.
    /// </summary>
    private static readonly string[] NotMeant = ["one request is one registration", Goods.Ordered, Effects.Arrival, .. Messages.Rules.Select(rule => rule.Name)];

    /// <param name="told">The registrations that somebody was told of.</param>
    public static async Task<IReadOnlyList<string>> OfAsync(RunningSystem system, IReadOnlyCollection<string> told, TimeSpan deadline, Action<string> say)
    {
        var evidence = new Evidence(RunningSystem.Services.ToDictionary(service => service, system.Database), [], [], [], new BrokerLog([], new HashSet<(string, int)>()), [], () => []);
        var found = new List<string>();
        var drained = await Books.RightAsync(evidence, deadline, say, rule => !NotMeant.Contains(rule.Name));
        say(drained is { } took ? $"the books were right {took.TotalSeconds:N1} s later" : "the books were not right by the deadline");
        if (drained is null) found.Add("the books are not right");

        var stored = await system.Database("registration").RowsAsync("SELECT number FROM registrations");
        say($"{stored.Count:N0} registrations are stored, {told.Count:N0} were told of");
        found.AddRange(Untold(stored, told));
        found.AddRange((await system.Database("registration").RowsAsync("SELECT number FROM registrations WHERE concat(name, phone_no, address) ~ '[[:cntrl:]]'"))
            .Select(number => $"{number} is stored with control characters"));

        var logs = RunningSystem.Logs.ToList();
        say($"{logs.Count} logs, {logs.Sum(log => new FileInfo(log).Length) / 1024:N0} KiB");
        if (logs.Count == 0) found.Add("there are no logs to look through");
        found.AddRange(logs.Select(Planted.InLog).OfType<string>());
        return found;
    }

    /// <summary>What is stored is what callers were told of, no more and no less.</summary>
    public static IEnumerable<string> Untold(IReadOnlyCollection<string> stored, IReadOnlyCollection<string> told) =>
        [.. stored.Except(told).Select(number => $"{number} is stored, and nobody was told of it"), .. told.Except(stored).Select(number => $"{number} was told of, and is not stored")];
}
