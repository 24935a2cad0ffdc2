using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>The load that the original system was shown with: so many users for so many seconds, each registering again as soon as they were answered, while the payment takes 400 to 620 ms.</summary>
internal static class LoadBench
{
    private const string Latency = "400-620";
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    /// <summary>Whether everybody was answered with 201 or 202, who was told 201 is registered, and all money is accounted for.</summary>
    public static async Task<bool> RunAsync(Options options)
    {
        var (users, seconds) = (options["users"], options["seconds"]);
        Console.WriteLine($"{Environment.ProcessorCount} cores; the whole system, its servers and the load generator on them. {users} users for {seconds} s, payment takes {Latency} ms.");
        await using var system = await RunningSystem.StartAsync([("payment", "Payment__Simulated__Latency", Latency), ("fulfilment", "Fulfilment__DispatchAfter", "1.00:00:00"), ("fulfilment", "Fulfilment__OpeningStock", "0")]);
        using var crowd = new Crowd(system.Gateway);
        await using var costs = new Costs(system).Watch();
        var warmedUp = options["warmup"] > 0 ? await crowd.RegisterAsync(race: null, users, TimeSpan.FromSeconds(options["warmup"])) : new Answers();
        await Soundness.DrainAsync(system);

        // After a rest each time: what is only on its way is no growth.
        await Task.Delay(Rest);
        var (memory, threads) = (costs.Memory(), costs.Threads());
        var told = await crowd.RegisterAsync(race: null, users, TimeSpan.FromSeconds(seconds));
        var under = costs.Threads();
        await Soundness.DrainAsync(system);
        await Task.Delay(Rest);
        var (memoryAfter, threadsAfter) = (costs.Memory(), costs.Threads());

        Console.WriteLine($"""

            answers                   {told}
            availability              {100d * told.Count("201", "202") / told.All:N2} % answered with 201 or 202, {told.All / (double)seconds:N0}/s
            201, time to the answer   p50 {told.Wait(0.5, "201"):N0} ms, p99 {told.Wait(0.99, "201"):N0} ms, longest {told.Wait(1, "201"):N0} ms
            202, time to the answer   p50 {told.Wait(0.5, "202"):N0} ms, p99 {told.Wait(0.99, "202"):N0} ms, longest {told.Wait(1, "202"):N0} ms
            """);
        Console.WriteLine($"\n{"",-25} {"MB before",10} {"after",8} {"peak",8} {"threads before",16} {"under load",11} {"after",8}");
        foreach (var (name, before) in memory)
            Console.WriteLine($"  {name,-23} {before,10:N0} {memoryAfter[name],8:N0} {costs.Peak(name),8:N0} {threads[name],16:N0} {under[name],11:N0} {threadsAfter[name],8:N0}");
        Console.WriteLine();
        return await Soundness.CheckAsync(system, race: null, [warmedUp, told]) && told.Count("201", "202") == told.All;
    }
}
