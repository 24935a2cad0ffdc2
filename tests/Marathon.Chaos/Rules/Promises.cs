namespace Marathon.Chaos.Rules;

/// <summary>What callers were told is so.</summary>
internal static class Promises
{
    private static readonly TimeSpan LongestNoting = TimeSpan.FromSeconds(15);

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Stored("who was told 201 is registered, unless they cancelled", runner => runner.Was(201), (runner, row) =>
            row.Status == (runner.ToldCancelled ? "CANCELLED" : "REGISTERED") || (runner.AskedToCancel && row.Status == "CANCELLED")),
        Stored("who was told that they are cancelled is", runner => runner.ToldCancelled, (_, row) => row.Status == "CANCELLED"),
        new("what is kept of who cancelled is what they were told", IsOfBooks: false, async evidence =>
        {
            var kept = await Rule.LookUpAsync(evidence.Databases["payment"], "SELECT number, captured - cancelled FROM payments JOIN simulated_provider_charges ON key = registration_id");
            var told = evidence.Runners.Where(runner => !runner.ToldKept.IsEmpty).ToList();
            return new Finding(told.Count, [.. told.Where(runner => runner.ToldKept.Any(amount => $"{amount}" != kept.GetValueOrDefault(runner.Number!, "0")))
                .Select(runner => $"{runner.Number} was told {string.Join(", ", runner.ToldKept)}, the provider has {kept.GetValueOrDefault(runner.Number!, "nothing")}")]);
        }),
        Stored("who was told 202 is not forgotten", runner => runner.Was(202), (_, row) => row.Status != "HELD"),
        Stored("who was told 202 and has a good card is registered, unless they cancelled",
            (runner, evidence) => runner is { Token: not Runner.DeclinedToken, AskedToCancel: false } && runner.Registering.Any(call => call.Status == 202 && IsNoted(call, evidence)),
            (_, row) => row.Status == "REGISTERED"),
        Stored("who was told 402 is not registered", runner => runner.Was(402), (_, row) => row.Status == "DECLINED"),
        Stored("who was told of another size gets it", runner => runner is { TopSize: not null, ToldCancelled: false }, (runner, row) => row.TopSize == runner.TopSize),
        Rule.Each("the same key is answered with the same number",
            evidence => evidence.Runners.Where(runner => runner.Key is not null && runner.Registering.Count > 1),
            (runner, _) => runner.Registering.Select(call => call.Number).OfType<string>().Distinct().ToList() is { Count: > 1 } numbers
                ? $"key {runner.Key}: {string.Join(", ", numbers)}" : null),
        Rule.Each("the same key for something else is refused",
            evidence => evidence.Runners.Where(runner => runner.Misused is { IsDecided: true }),
            (runner, _) => runner.Misused is { Status: 409, Code: "idempotency-key-reused" } ? null : $"key {runner.Key}: {runner.Misused!.Kind}"),
        Rule.Each("who was told 201 finds their registration",
            evidence => evidence.Runners.Where(runner => runner.Was(201)),
            (runner, _) => runner.ToldUnknown ? $"{runner.Number} was told 404" : null),
        new("a declined card registers nobody", IsOfBooks: false, async evidence =>
        {
            var rows = await RegistrationsAsync(evidence);
            var declined = evidence.Runners.Where(runner => runner.Token == Runner.DeclinedToken).ToList();
            return new Finding(declined.Count, [.. declined.Where(runner => rows.Values.Any(row => row.PhoneNo == runner.PhoneNo && row.Status == "REGISTERED")).Select(runner => runner.PhoneNo)]);
        }),
    ];

    private sealed record Row(string Status, string TopSize, string PhoneNo);

    /// <summary>
    /// Whether the promise was surely noted: its process went on trying for as long as it could, and was not killed meanwhile, nor was the database away. Holds last for
    /// ten minutes, and nothing is away for so long.
    /// </summary>
    private static bool IsNoted(Call promise, Evidence evidence) => !evidence.Faults.Any(fault => fault.From < promise.Until + LongestNoting
        && (FaultPlan.IsOf(fault.Target, "postgres") ? fault.Until > promise.From : FaultPlan.IsOf(fault.Target, "registration") && fault.From >= promise.From));

    private static Rule Stored(string name, Func<Runner, bool> whom, Func<Runner, Row, bool> isSo) => Stored(name, (runner, _) => whom(runner), isSo);

    private static Rule Stored(string name, Func<Runner, Evidence, bool> whom, Func<Runner, Row, bool> isSo) => new(name, IsOfBooks: false, async evidence =>
    {
        var rows = await RegistrationsAsync(evidence);
        var runners = evidence.Runners.Where(runner => whom(runner, evidence)).ToList();
        return new Finding(runners.Count, [.. runners.Where(runner => runner.Number is null || !rows.TryGetValue(runner.Number, out var row) || !isSo(runner, row))
            .Select(runner => $"{runner.Number} ({string.Join(", ", runner.Registering.Select(call => call.Kind))}) is {(runner.Number is null ? "without a number" : rows.GetValueOrDefault(runner.Number)?.ToString() ?? "not there")}")]);
    });

    private static async Task<Dictionary<string, Row>> RegistrationsAsync(Evidence evidence) =>
        (await Rule.LookUpAsync(evidence.Databases["registration"], "SELECT number, concat_ws('|', status, top_size, phone_no) FROM registrations"))
        .ToDictionary(row => row.Key, row => row.Value.Split('|') is [var status, var topSize, var phoneNo] ? new Row(status, topSize, phoneNo) : throw new InvalidOperationException(row.Value));
}
