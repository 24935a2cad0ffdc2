using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>
/// A race opens and a crowd wants its places: the whole system, started as <c>./marathon up</c> does, on servers and in folders of its own. Measured until the
/// last place is sold, until everybody who listens has caught up, those last who were away meanwhile, and then in the databases: nothing oversold, no money without a
/// registration, and the dashboard shows what the services have.
/// </summary>
internal static class SelloutBench
{
    /// <summary>Whether nothing was oversold, who was told 201 is registered, all money is accounted for, and the dashboard shows it.</summary>
    /// <param name="options">Numbers.</param>
    /// <param name="latency">Of the payment provider.</param>
    /// <param name="without">Services that registering does not need: stopped before the sale, and started again when all others have drained.</param>
    public static async Task<bool> RunAsync(Options options, string latency, string[] without)
    {
        var (places, clients) = (options["places"], options["clients"]);
        Console.WriteLine($"{Environment.ProcessorCount} cores; the whole system, its servers and the load generator on them. {places:N0} places, {clients} clients, payment takes {latency} ms{(without is [] ? "" : $"; without {string.Join(", ", without)}")}.");
        // As in production: kits do not leave by themselves, and it is not measured what they would add.
        var messageRate = options["message-rate"];
        await using var system = await RunningSystem.StartAsync(
        [
            ("payment", "Payment__Simulated__Latency", latency), ("fulfilment", "Fulfilment__DispatchAfter", "1.00:00:00"), ("fulfilment", "Fulfilment__OpeningStock", "0"),
            .. messageRate > 0 ? [("notification", "Notification__Rate", $"{messageRate}")] : ((string, string, string)[])[],
        ]);
        using var crowd = new Crowd(system.Gateway);
        await using var costs = new Costs(system).Watch();
        // The first seconds are the compiler's.
        if (options["warmup"] > 0) await crowd.RegisterAsync(race: null, clients, TimeSpan.FromSeconds(options["warmup"]));
        await Soundness.DrainAsync(system);
        await CommandAsync(system, without, KnownResourceCommands.StopCommand);

        var race = await system.OpenRaceAsync("Sell-out", places);
        var (wal, before, machineBefore) = (await WalAsync(system), costs.Processor(), Costs.Machine());
        var (watch, opened) = (Stopwatch.StartNew(), Stopwatch.GetTimestamp());
        var told = await crowd.RegisterAsync(race, clients, TimeSpan.FromSeconds(options["seconds"]));
        var (sold, machine, walSold) = (costs.Processor(), Costs.Machine() - machineBefore, await WalAsync(system));
        var soldAfter = watch.Elapsed;
        await Soundness.DrainAsync(system, without);
        var (drainedAfter, drained, walDrained) = (watch.Elapsed, costs.Processor(), await WalAsync(system));
        // So that there is one after the last place, however soon everything is drained.
        costs.Look();
        var over = Stopwatch.GetTimestamp();
        var caughtUp = without is [] ? "" : await CatchUpAsync(system, costs, without);

        var paid = told.Count("201") / told.LastPlace.TotalSeconds;
        Console.WriteLine($"""

            answers                   {told}
            paid registrations        {paid:N0}/s: {told.Count("201"):N0} in {told.LastPlace.TotalSeconds:N1} s, from the first request to the last place
            201, time to the answer   p50 {told.Wait(0.5, "201"):N0} ms, p99 {told.Wait(0.99, "201"):N0} ms, longest {told.Wait(1, "201"):N0} ms
            all, time to the answer   p50 {told.Wait(0.5):N0} ms, p99 {told.Wait(0.99):N0} ms, longest {told.Wait(1):N0} ms
            drained                   {(drainedAfter - told.LastPlace).TotalSeconds:N1} s after the last place: on the roll, told by message, shown by the dashboard, every outbox empty{(without is [] ? "" : ", but for those away")}{caughtUp}
            write-ahead log           {walSold - wal:N0} MB while selling, {walDrained - wal:N0} MB until drained: {(walDrained - wal) * 1024 / Math.Max(1, told.Count("201", "202")):N1} kB a registration
            """);
        if (messageRate > 0)
        {
            var took = await system.NumberAsync("notification", """
                SELECT coalesce(extract(epoch FROM max(accepted_at) - min(accepted_at)) * 1000, 0)::bigint FROM messages JOIN contacts USING (registration_id) WHERE race_id = $1 AND messages.status <> 'QUEUED'
                """, race.RaceId);
            Console.WriteLine($"messages                  {told.Count("201", "202") * 1000 / Math.Max(1, took):N0}/s of the {messageRate:N0}/s that the provider takes");
        }
        Console.WriteLine($"\n{"processor seconds",-25} {"selling",10} {"of a core",10} {"until drained",14}   peak MB in each quarter of the sale, and until drained");
        foreach (var (name, at) in drained.OrderByDescending(process => process.Value - before[process.Key]))
            Console.WriteLine($"  {name,-23} {sold[name] - before[name],10:N1} {(sold[name] - before[name]) / soldAfter.TotalSeconds,10:P0} {at - before[name],14:N1}   {string.Concat(Parts().Select(part => $"{costs.Peak(name, part.From, part.Until),7:N0}"))}");
        var others = Math.Max(0, machine - sold.Sum(process => process.Value - before[process.Key]));
        Console.WriteLine($"  {"(others on the machine)",-23} {others,10:N1} {others / soldAfter.TotalSeconds,10:P0}");
        Console.WriteLine();
        var sound = await Soundness.CheckAsync(system, race.RaceId, [told]);
        if (options["raw"] > 0 && await RawInserts.MeasureAsync(system, clients, options["raw"]) is { } raw)
            Console.WriteLine($"in proportion             {paid / raw:N2} paid registrations for each raw insert that was possible");
        return sound;

        // As much in the last quarter as in the second: nothing grows with what was sold. Whoever kept something back in the rush shows it afterwards.
        IEnumerable<(long From, long Until)> Parts() =>
            Enumerable.Range(0, 4).Select(quarter => (At(quarter), At(quarter + 1))).Append((At(4), over));

        long At(int quarters) => opened + (long)(told.LastPlace.TotalSeconds * quarters / 4 * Stopwatch.Frequency);
    }

    /// <summary>Starts what was away, for which everything waits that was told meanwhile; says how soon nothing does any more.</summary>
    private static async Task<string> CatchUpAsync(RunningSystem system, Costs costs, string[] without)
    {
        var (before, watch, from) = (await HeardAsync(), Stopwatch.StartNew(), Stopwatch.GetTimestamp());
        await CommandAsync(system, without, KnownResourceCommands.StartCommand);
        await Soundness.DrainAsync(system);
        var (seconds, heard) = (watch.Elapsed.TotalSeconds, await HeardAsync() - before);
        costs.Look();
        return $"\ncaught up                 {seconds:N1} s after the start of {string.Join(", ", without.Select(service => $"{service} (at most {costs.Peak(service, from):N0} MB)"))}: {heard:N0} events, {heard / seconds:N0}/s";

        // An event more is a version more of its aggregate.
        async Task<long> HeardAsync()
        {
            var all = 0L;
            foreach (var service in without) all += await system.NumberAsync(service, "SELECT coalesce(sum(version), 0) FROM inbox");
            return all;
        }
    }

    private static async Task CommandAsync(RunningSystem system, string[] services, string command)
    {
        foreach (var service in services)
            if (await system.Application.ResourceCommands.ExecuteCommandAsync(service, command) is { Success: false } refused)
                throw new InvalidOperationException($"{service}: {command}: {refused.ErrorMessage}");
    }

    /// <summary>Written so far by the whole server, in MB.</summary>
    private static async Task<double> WalAsync(RunningSystem system) =>
        await system.NumberAsync("registration", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint") / 1024d / 1024;
}
