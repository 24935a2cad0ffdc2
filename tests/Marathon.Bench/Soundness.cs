using System.Diagnostics;
using Marathon.Chaos;
using Marathon.Chaos.Rules;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>Whether everything has arrived, and whether the books are right, by the rules that chaos has for them: out of the services' databases.</summary>
internal static class Soundness
{
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(5), Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when everything that was registered has arrived everywhere, but at services that are stopped.</summary>
    public static async Task DrainAsync(RunningSystem system, params string[] without)
    {
        var (watch, looked) = (Stopwatch.StartNew(), TimeSpan.Zero);
        while (await MissingAsync(system, without) is { } missing)
        {
            var looking = watch.Elapsed - looked;
            if (watch.Elapsed > DrainDeadline) throw new TimeoutException($"Not drained after {DrainDeadline.TotalMinutes:N0} minutes: {missing}.");
            // Counting a large race is work for the server, too: what it counts is not to wait for it.
            await Task.Delay(looking * 4 > Poll ? looking * 4 : Poll);
            looked = watch.Elapsed;
        }
    }

    /// <summary>What has not arrived yet, the first of it; null when everything has.</summary>
    private static async Task<string?> MissingAsync(RunningSystem system, string[] without)
    {
        if (await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE status = 'HELD'") is > 0 and var held) return $"{held} held";
        var registered = await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE status = 'REGISTERED'");
        var isTold = !without.Contains("notification");
        if (!without.Contains("fulfilment") && registered - await system.NumberAsync("fulfilment", "SELECT count(*) FROM register_masters WHERE removed_at IS NULL") is not 0 and var roll) return $"{roll} not on the roll";
        if (isTold && registered - await system.NumberAsync("notification", "SELECT count(*) FROM messages WHERE kind = 'confirmed' AND status IN ('ACCEPTED', 'DELIVERED')") is not 0 and var sms) return $"{sms} not told";
        if (await system.NumberAsync("payment", "SELECT count(*) FROM payments WHERE due_at IS NOT NULL") is > 0 and var unsettled) return $"{unsettled} payments not settled";
        if (without is [] && registered - await system.NumberAsync("dashboard", """
            SELECT count(*) FROM registrations WHERE status = 'REGISTERED' AND payment_status = 'COMPLETED' AND delivery_status IS NOT NULL
            """) is not 0 and var shown) return $"{shown} not shown";
        if (isTold && !without.Contains("dashboard") && registered - await system.NumberAsync("dashboard", "SELECT count(*) FROM messages WHERE kind = 'confirmed'") is not 0 and var messages) return $"{messages} messages not shown";
        if (!without.Contains("dashboard") && await system.NumberAsync("dashboard", """
            SELECT count(*) FROM digested JOIN changed ON xid >= pg_snapshot_xmin(seen) AND NOT pg_visible_in_snapshot(xid, seen)
            """) is > 0 and var changes) return $"{changes} changes not in lists and sums";
        foreach (var service in RunningSystem.Services)
            if (await system.UnsentAsync(service) is > 0 and var unsent) return $"{unsent} events of {service} not sent";
        return null;
    }

    /// <summary>Prints whether the places, the money, what the dashboard shows and what people were told are right; returns whether all of it is.</summary>
    /// <param name="system">Drained.</param>
    /// <param name="race">Which people wanted; null: the default race, and there is no other.</param>
    /// <param name="told">What all who wanted it were told.</param>
    public static async Task<bool> CheckAsync(RunningSystem system, Guid? race, Answers[] told)
    {
        var databases = RunningSystem.Services.ToDictionary(service => service, system.Database);
        var areKept = await PromisesAreKeptAsync(system, race, told);
        return await Verification.CheckAsync(databases, [.. Places.Rules, .. Money.Rules, .. ReadSide.Rules], Console.WriteLine) == 0 && areKept;
    }

    /// <summary>Whether as many are registered as were told so, and no more than may be.</summary>
    private static async Task<bool> PromisesAreKeptAsync(RunningSystem system, Guid? race, Answers[] told)
    {
        var registered = await system.NumberAsync("registration",
            "SELECT count(*) FROM registrations WHERE status = 'REGISTERED' AND race_id = coalesce($1::uuid, race_id)", (object?)race ?? DBNull.Value);
        var (promised, open) = (told.Sum(answers => answers.Count("201")), told.Sum(answers => answers.Open));
        var areKept = registered >= promised && registered <= promised + open;
        Console.WriteLine($"{(areKept ? "right" : "WRONG"),-6} as many are registered as were told so ({promised:N0} were told 201, {open:N0} 202 or nothing certain; {registered:N0} of them are registered)");
        return areKept;
    }
}
