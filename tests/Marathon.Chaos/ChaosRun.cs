using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Marathon.Chaos.Rules;
using Marathon.Testing;

namespace Marathon.Chaos;

/// <summary>How much of it.</summary>
/// <param name="Seed">Decides the faults, the people and the harm to answers.</param>
/// <param name="Duration">Of the faults; the load lasts as long, and until everything is back.</param>
/// <param name="Steps">Faults at most.</param>
/// <param name="LongestPause">Between two faults.</param>
/// <param name="Replicas">Of the services by name; one each of the others.</param>
/// <param name="Clients">People at a time.</param>
/// <param name="Races">Capacities of races beside the default one.</param>
/// <param name="DrainDeadline">Until when the books must be right after the last fault.</param>
internal sealed record ChaosSettings(
    int Seed, TimeSpan Duration, int Steps, TimeSpan LongestPause, IReadOnlyDictionary<string, int> Replicas, int Clients, TimeSpan LongestThought, IReadOnlyList<int> Races,
    TimeSpan DrainDeadline)
{
    /// <summary>Answers between services: so many are cut, so many late, by so much at most.</summary>
    public Harm Harm { get; init; } = new(Cut: 0.02, Late: 0.03, TimeSpan.FromSeconds(2.5));

    /// <summary>How often a race is suspended: two messages to each of its runners.</summary>
    public TimeSpan SuspendEvery { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The part of the calls of the provider of messages that it answers wrongly.</summary>
    public double ProviderFaults { get; init; } = 0.1;
}

/// <summary>One run: the system, the people, the faults, and when all is quiet again the rules. The system runs on until this is disposed.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    /// <summary>The cancellation of a race is worth less the nearer it is: by this policy, of races that are run so many days ahead, in turn. None is a tier's last day, for a run may see midnight.</summary>
    private static readonly (int DaysBefore, int Percent)[] Refunds = [(30, 100), (14, 70), (7, 35), (3, 10)];
    private static readonly int[] DaysAhead = [10, 1, 20];

    private static readonly (string Caller, string Called)[] Harmed = [("gateway", "registration"), ("registration", "payment")];

    /// <summary>The one that is there from the beginning (DefaultRace.cs).</summary>
    private static readonly Guid DefaultRace = new("0193a5a0-0000-7000-8000-000000000001");

    private readonly Relays relays;
    private readonly Provider provider;
    private readonly RunningSystem system;
    private readonly Action<string> say;

    private ChaosRun(RunningSystem system, Relays relays, Provider provider, Action<string> say) => (this.system, this.relays, this.provider, this.say) = (system, relays, provider, say);

    public RunningSystem System => system;
    public Evidence Evidence { get; private set; } = null!;
    public Relays Network => relays;

    /// <summary>From the last fault until the books were right; null when they were not by the deadline.</summary>
    public TimeSpan? Drained { get; private set; }

    /// <summary>Starts the system and does everything but the last check.</summary>
    /// <param name="settings">How much.</param>
    /// <param name="say">Told what happens.</param>
    /// <param name="whenItFails">Called before the system and its logs go.</param>
    public static async Task<ChaosRun> RunAsync(ChaosSettings settings, Action<string> say, Action? whenItFails = null)
    {
        var relays = new Relays(settings.Seed);
        var provider = new Provider();
        RunningSystem system;
        try
        {
            system = await RunningSystem.StartAsync(
                [
                    ("gateway", "Access__Accounts", Staff.Accounts), ("payment", "Payment__Simulated__Latency", "5-60"),
                    // It fails by itself, too: it takes no money and the caller cannot tell, or takes it and never says so; and likewise when it shall give it back. What is owed is tried again sooner than
                    // usual, for the books are waited for.
                    ("payment", "Payment__Simulated__FailRate", "0.05"), ("payment", "Payment__Simulated__TimeoutRate", "0.05"),
                    ("payment", "Payment__Simulated__RefundFailRate", "0.1"), ("payment", "Payment__Simulated__RefundTimeoutRate", "0.1"),
                    ("payment", "Payment__RetryDelay", "00:00:01"), ("payment", "Payment__LongestRetryDelay", "00:00:10"),
                    ("fulfilment", "Fulfilment__DispatchAfter", "00:00:02"), ("fulfilment", "Fulfilment__Carrier__TransitTime", "00:00:02"), ("fulfilment", "Fulfilment__OpeningStock", "0"),
                ],
                builder =>
                {
                    // On a machine that is this busy a connection may take longer than usual to be made; were it given up and begun again, none would ever be.
                    foreach (var service in builder.Resources.OfType<ProjectResource>()) builder.CreateResourceBuilder(service).WithEnvironment("Database__ConnectSeconds", "15");
                    provider.AddTo(builder, settings.ProviderFaults);
                    foreach (var (service, replicas) in settings.Replicas) builder.CreateResourceBuilder<ProjectResource>(service).WithReplicas(replicas);
                    foreach (var (caller, called) in Harmed)
                        builder.CreateResourceBuilder<ProjectResource>(caller).WithEnvironment(context => Reroute(context, called, relays));
                });
        }
        catch
        {
            await relays.DisposeAsync();
            provider.Dispose();
            throw;
        }
        var run = new ChaosRun(system, relays, provider, say);
        try
        {
            await run.RunAsync(settings);
            return run;
        }
        catch
        {
            whenItFails?.Invoke();
            await run.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await system.DisposeAsync();
        await relays.DisposeAsync();
        provider.Dispose();
    }

    private async Task RunAsync(ChaosSettings settings)
    {
        using var gate = new Gate(system.Gateway);
        var faults = new Faults(system, () => gate.Registered, say);
        await faults.HealthyAsync();
        var races = new List<(Guid RaceId, Guid)>();
        foreach (var (number, capacity) in settings.Races.Index())
            races.Add(await system.OpenRaceAsync($"Run for {capacity}", capacity, daysAhead: DaysAhead[number % DaysAhead.Length], refunds: Refunds, fee: People.Fee));

        var people = new People(gate, [null, .. races], settings.Seed);
        var organiser = new Organiser(gate);
        Guid[] opened = [.. races.Select(race => race.RaceId)];
        using var over = new CancellationTokenSource();
        using var stocked = new CancellationTokenSource();
        var registering = people.RegisterAsync(settings.Clients, settings.LongestThought, over.Token);
        var suspending = organiser.SuspendAsync(opened, settings.SuspendEvery, over.Token);
        var buying = organiser.BuyAsync([DefaultRace, .. opened], stocked.Token);
        try
        {
            relays.Harm = settings.Harm;
            await faults.ExecuteAsync(FaultPlan.Make(settings.Seed, [.. system.Processes.Keys], settings.LongestPause), settings.Steps, settings.Duration);
        }
        finally
        {
            relays.Harm = Harm.None;
            await over.CancelAsync();
            await registering;
        }
        await faults.HealthyAsync();
        await suspending;
        Evidence = new Evidence(RunningSystem.Services.ToDictionary(service => service, system.Database), people.Runners, gate.Calls, faults.Done, new BrokerLog([], new HashSet<(string, int)>()), [], () => provider.Taken);
        say($"quiet: {people.Runners.Count:N0} runners, {gate.Calls.Count:N0} calls, {faults.Done.Count} faults");

        Drained = await Books.RightAsync(Evidence, settings.DrainDeadline, say);
        // Not before: what is held is registered late, and needs what nobody needed. When the books are right nobody waits for goods and no order is open.
        await stocked.CancelAsync();
        await buying;
        var kafka = await system.Application.GetConnectionStringAsync("kafka") ?? throw new InvalidOperationException("The broker has no address.");
        Evidence = Evidence with { Log = await Task.Run(() => BrokerLog.Read(kafka, "races", "registrations", "payments", "deliveries", "stock", "procurements", "notifications")), Written = [.. RunningSystem.Logs] };
    }

    /// <summary>Tells a service the relays' addresses instead of those that it was told.</summary>
    private static void Reroute(EnvironmentCallbackContext context, string called, Relays relays)
    {
        foreach (var key in context.EnvironmentVariables.Keys.Where(key => key.StartsWith($"services__{called}__http__", StringComparison.Ordinal)).ToArray())
            if (context.EnvironmentVariables[key] is string url) context.EnvironmentVariables[key] = relays.Before(url);
    }
}
