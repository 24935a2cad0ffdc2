using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Marathon.Messaging;

/// <summary>
/// A step at which a test may have the process killed, frozen or disturbed. Calls are compiled in only where <c>FAILPOINTS</c> is defined, which the
/// Debug configuration does and Release does not: what runs in production has no trace of them.
/// <para>
/// <c>MARATHON_FAILPOINTS</c> is a list of <c>name=action</c>, with <c>@n</c> for the n-th hit (the first, if nothing is said) or <c>%p</c> for a
/// chance of p in a million at every hit; the name <c>*</c> means every failpoint. Actions: <c>kill</c> (SIGKILL), <c>stop</c> (SIGSTOP),
/// <c>throw</c>. <c>relay.acknowledged=kill@3,consumer.applied=throw</c>; <c>*=kill%500</c>.
/// </para>
/// </summary>
internal static partial class Failpoint
{
    private const string Symbol = "FAILPOINTS";

    /// <summary>Goes on, unless the environment says otherwise.</summary>
    [Conditional(Symbol)]
    public static void Hit(string name) => Do(name);

    /// <summary>Replaces what the environment said, in a process that runs already; hits count from here.</summary>
    [Conditional(Symbol)]
    public static void Arm(string list) => Replace(list);

#if FAILPOINTS
    private const int SigKill = 9, SigStop = 19;

    private static volatile Rule[] rules = Rule.ParseList(Environment.GetEnvironmentVariable("MARATHON_FAILPOINTS"));

    private static void Do(string name)
    {
        foreach (var rule in rules)
            if (rule.Applies(name)) rule.Act(name);
    }

    private static void Replace(string list) => rules = Rule.ParseList(list);

    private sealed class Rule(string name, string action, int nth, int chance)
    {
        private int hits;

        public static Rule[] ParseList(string? list) =>
            [.. (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

        private static Rule Parse(string text)
        {
            var (name, what) = (text.Split('=')[0], text.Split('=')[1]);
            var parts = what.Split('@', '%');
            var number = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
            return what.Contains('%', StringComparison.Ordinal) ? new Rule(name, parts[0], 0, number) : new Rule(name, parts[0], number, 0);
        }

        public bool Applies(string hit) => (name == "*" || name == hit)
            && (chance > 0 ? Random.Shared.Next(1_000_000) < chance : Interlocked.Increment(ref hits) == nth);

        public void Act(string hit)
        {
            // The last words of a process that is killed: where it was.
            Console.Error.WriteLine($"failpoint {hit} {action}");
            switch (action)
            {
                case "kill": Signal(SigKill); break;
                case "stop": Signal(SigStop); break;
                case "throw": throw new InvalidOperationException($"The failpoint {hit} was told to throw.");
                default: throw new ArgumentException($"{action} is nothing a failpoint can do.");
            }
        }
    }

    private static void Signal(int signal)
    {
        _ = Send(Environment.ProcessId, signal);
        // A signal to oneself may arrive on another thread; nothing is done after a failpoint.
        if (signal == SigKill) Thread.Sleep(Timeout.Infinite);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
#else
    private static void Do(string _) { }

    private static void Replace(string _) { }
#endif
}
