namespace Marathon.Chaos.Rules;

/// <summary>Everybody is answered in time, and what registering does not need does not stop it.</summary>
internal static class Answers
{
    /// <summary>A connection that was open when the gateway was killed may be noticed a moment later.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private static readonly string[] Answering = ["gateway", "registration", "fulfilment", "dashboard"];

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Rule.Each("no request hangs", evidence => evidence.Calls, (call, _) =>
            call.Failure == Failure.Hung || (call.Until - call.From > Gate.Deadline && call.Crowding < Crowding.TooMuch)
                ? $"{call.What} of {call.From:HH:mm:ss.f} took {(call.Until - call.From).TotalSeconds:N1} s, {call.Kind}" : null),
        // What the gateway had begun to pass on when its teller was killed can only be broken off.
        Rule.Each("every request is answered while the gateway and who answers live", evidence => evidence.Calls, (call, evidence) =>
            call.Failure is Failure.Cut or Failure.Refused && !evidence.Faults.Any(fault => Answering.Any(resource => FaultPlan.IsOf(fault.Target, resource))
                && call.From < fault.Until + Moment && call.Until > fault.From - Moment)
                ? $"{call.What} of {call.From:HH:mm:ss.f} was {call.Kind}" : null),
        Rule.Each("registering goes on while others are away", evidence => evidence.Faults.Where(fault => fault.Kind == FaultKind.Outage),
            (fault, _) => fault.Registered > 0 ? null : $"nobody was registered while {fault.Target} was away, {fault.From:HH:mm:ss} to {fault.Until:HH:mm:ss}"),
        new("people are registered at all", IsOfBooks: false, evidence => Task.FromResult(
            new Finding(evidence.Runners.Count, evidence.Runners.Any(runner => runner.Was(201)) ? [] : ["nobody was told 201"]))),
    ];
}
