using Marathon.Chaos.Rules;

namespace Marathon.Chaos;

/// <summary>What happened, and what was found.</summary>
internal static class Report
{
    /// <summary>Checks every rule and writes what it found; returns how many violations there are.</summary>
    public static async Task<int> WriteAsync(ChaosRun run, Action<string> write)
    {
        var evidence = run.Evidence;
        write("");
        write("faults");
        foreach (var target in evidence.Faults.GroupBy(fault => fault.Target).OrderBy(group => group.Key, StringComparer.Ordinal))
            write($"  {target.Key,-18} {target.Count(),4} ×  back after {target.Average(fault => (fault.Until - fault.From).TotalSeconds):N1} s on average");
        write($"  answers            {run.Network.Cut,4} × cut, {run.Network.Delayed} × late");
        write("");
        write("answers");
        foreach (var what in evidence.Calls.GroupBy(call => call.What).OrderBy(group => group.Key, StringComparer.Ordinal))
            write($"  {what.Key,-18} {string.Join(", ", what.CountBy(call => call.Kind).OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Value:N0} × {kind.Key}"))}; the longest {what.Max(call => call.Until - call.From).TotalSeconds:N1} s");
        var promised = evidence.Runners.Where(runner => runner.Was(202) && !runner.AskedToCancel).ToList();
        var statuses = await Rule.LookUpAsync(evidence.Databases["registration"], "SELECT number, status FROM registrations");
        write($"  after a 202        {string.Join(", ", promised.CountBy(runner => runner.Number is null ? "?" : statuses.GetValueOrDefault(runner.Number, "?")).Select(kind => $"{kind.Value:N0} × {kind.Key}"))}");
        write($"  refunds            {string.Join(", ", (await Money.RefundsAsync(evidence)).Select(kind => $"{kind.Value} × {kind.Key}"))}");
        write($"  payment provider   {string.Join(", ", PaymentFailures.In(evidence.Written).CountBy(failure => failure).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Value:N0} × {kind.Key}"))}");
        write("");
        write(run.Drained is { } drained ? $"the books were right {drained.TotalSeconds:N1} s after the last process was back" : "the books were not right by the deadline");
        write("");
        write($"{"rules",-100} {"checked",10} {"violations",10}");
        var violations = 0;
        foreach (var rule in AllRules.List)
        {
            var finding = await rule.Check(evidence);
            violations += finding.Violations.Count;
            write($"  {rule.Name,-98} {finding.Checked,10:N0} {finding.Violations.Count,10:N0}");
            if (finding.Unseen > 0) write($"      {finding.Unseen:N0} could not be looked at: the broker has dropped the beginning of its log");
            foreach (var violation in finding.Violations.Take(10)) write($"      {violation}");
        }
        write("");
        write(violations == 0 ? "nothing that must not happen has happened" : $"{violations} violations");
        return violations;
    }
}
