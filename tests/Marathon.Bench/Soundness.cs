using System.Diagnostics;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>Whether everything has arrived, and whether the books are right, out of the services' databases.</summary>
internal static class Soundness
{
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(5), Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when everything that was registered has arrived everywhere, but at services that are stopped.</summary>
    public static async Task DrainAsync(RunningSystem system, params string[] without)
    {
        var watch = Stopwatch.StartNew();
        while (await MissingAsync(system, without) is { } missing)
        {
            if (watch.Elapsed > DrainDeadline) throw new TimeoutException($"Not drained after {DrainDeadline.TotalMinutes:N0} minutes: {missing}.");
            await Task.Delay(Poll);
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
        if (without is [] && registered - await system.NumberAsync("dashboard", """
            SELECT count(*) FROM registrations WHERE status = 'REGISTERED' AND payment_status = 'COMPLETED' AND delivery_status IS NOT NULL
            """) is not 0 and var shown) return $"{shown} not shown";
        if (isTold && !without.Contains("dashboard") && registered - await system.NumberAsync("dashboard", "SELECT count(*) FROM messages WHERE kind = 'confirmed'") is not 0 and var messages) return $"{messages} messages not shown";
        foreach (var service in RunningSystem.Services)
            if (await system.UnsentAsync(service) is > 0 and var unsent) return $"{unsent} events of {service} not sent";
        return null;
    }

    /// <summary>Prints whether the places and the money are right; returns whether both are.</summary>
    public static async Task<bool> CheckAsync(RunningSystem system)
    {
        const string Divisions = "(SELECT *, (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED')) AS rows FROM divisions)";
        var (rows, oversold, wrong) = (
            await system.NumberAsync("registration", $"SELECT sum(rows) FROM {Divisions} AS divisions"),
            await system.NumberAsync("registration", $"SELECT sum(greatest(taken - capacity, rows - capacity, 0)) FROM {Divisions} AS divisions"),
            await system.NumberAsync("registration", $"SELECT count(*) FROM {Divisions} AS divisions WHERE taken <> rows"));
        var (registered, completed, captured) = (
            await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE status = 'REGISTERED'"),
            await system.NumberAsync("payment", "SELECT count(*) FROM payments WHERE status = 'COMPLETED'"),
            await system.NumberAsync("payment", "SELECT count(*) FROM simulated_provider_charges WHERE captured > cancelled"));
        var (placesAreRight, moneyIsRight) = (oversold == 0 && wrong == 0, registered == completed && completed == captured);
        Console.WriteLine($"places                    {(placesAreRight ? "right" : "WRONG")}: {oversold} oversold; {rows:N0} registrations take a place, {wrong} divisions count another number");
        Console.WriteLine($"money                     {(moneyIsRight ? "right" : "WRONG")}: {registered:N0} registered, {completed:N0} payments completed, {captured:N0} captured at the provider");
        return placesAreRight && moneyIsRight;
    }
}
