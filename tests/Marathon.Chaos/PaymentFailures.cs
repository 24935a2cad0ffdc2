using System.Text.RegularExpressions;

namespace Marathon.Chaos;

/// <summary>How often the simulated provider of payments failed, as Payment wrote it down: what it did not charge, and what it charged and never said, is in no books.</summary>
internal static partial class PaymentFailures
{
    /// <summary>Each in words.</summary>
    /// <param name="logs">The files into which the processes write.</param>
    public static IEnumerable<string> In(IEnumerable<string> logs)
    {
        foreach (var log in logs.Where(log => FaultPlan.IsOf(Path.GetFileNameWithoutExtension(log), "payment")))
        {
            using var lines = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            while (lines.ReadLine() is { } line)
                if (Failure().Match(line) is { Success: true } failure)
                    yield return (failure.Groups["what"].Value == "is unknown" ? "charge " : "refund ") + (failure.Groups["why"].Value == "simulated-failure" ? "failed" : "not answered");
        }
    }

    [GeneratedRegex("(?<what>is unknown|is settled later): (?<why>simulated-failure|A task was canceled)")]
    private static partial Regex Failure();
}
