using System.Collections.Concurrent;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Marathon.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marathon.Chaos;

/// <summary>Does to a running system what the plan says, and notes it.</summary>
/// <param name="registered">How many have been told 201 so far.</param>
internal sealed class Faults(RunningSystem system, Func<int> registered, Action<string> say)
{
    private static readonly TimeSpan BackDeadline = TimeSpan.FromMinutes(4), OutageDeadline = TimeSpan.FromSeconds(30), ShortestOutage = TimeSpan.FromSeconds(1), Poll = TimeSpan.FromMilliseconds(50);
    private const int RegisteredInAnOutage = 10;

    private readonly ConcurrentQueue<Fault> done = [];
    private readonly ConcurrentBag<Task> comingBack = [];

    public IReadOnlyCollection<Fault> Done => done;

    /// <summary>Step by step until it is time to stop, or <paramref name="steps"/> are done; returns when everything is back.</summary>
    public async Task ExecuteAsync(IEnumerable<Step> plan, int steps, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        foreach (var step in plan.Take(steps))
        {
            await Task.Delay(step.Pause);
            if (watch.Elapsed >= duration) break;
            if (step.Kind == FaultKind.Outage) await TakeAwayAsync(step.Targets[0]);
            else foreach (var target in step.Targets) comingBack.Add(await KillAsync(target));
        }
        await Task.WhenAll(comingBack);
    }

    /// <summary>Every process runs, and answers as healthy.</summary>
    public Task HealthyAsync() => UntilAsync(() => system.Processes.Keys.All(IsHealthy), BackDeadline, () => $"did not come back: {string.Join(", ", system.Processes.Keys.Where(process => !IsHealthy(process)).Select(Describe))}");

    /// <summary>SIGKILL; the task that is returned ends when it has come back.</summary>
    private async Task<Task> KillAsync(string process)
    {
        // One that was killed a moment ago may not be back yet.
        await UntilAsync(() => IsRunning(process), BackDeadline, () => $"did not come back: {Describe(process)}");
        var before = StartOf(process);
        var at = DateTimeOffset.UtcNow;
        End(process);
        say($"{process} killed");
        return UntilBackAsync();

        async Task UntilBackAsync()
        {
            await UntilAsync(() => StartOf(process) != before && IsHealthy(process), BackDeadline, () => $"did not come back: {Describe(process)}");
            done.Enqueue(new Fault(process, FaultKind.Kill, at, DateTimeOffset.UtcNow));
        }
    }

    /// <summary>Killed and kept away until some have registered without it.</summary>
    private async Task TakeAwayAsync(string resource)
    {
        // What registering needs has come back before, so that nothing else can stop it.
        await HealthyAsync();
        var replicas = system.Processes.Keys.Where(process => FaultPlan.IsOf(process, resource)).ToList();
        foreach (var replica in replicas) End(replica);
        var (at, before) = (DateTimeOffset.UtcNow, registered());
        await Task.WhenAll(replicas.Select(replica => CommandAsync(replica, KnownResourceCommands.StopCommand)));
        var away = DateTimeOffset.UtcNow;
        before = registered();
        await UntilAsync(() => DateTimeOffset.UtcNow - away > OutageDeadline || (DateTimeOffset.UtcNow - away > ShortestOutage && registered() - before >= RegisteredInAnOutage), OutageDeadline * 2, () => $"nobody registered while {resource} was away");
        var without = registered() - before;
        say($"{resource} was away for {(DateTimeOffset.UtcNow - at).TotalSeconds:N1} s, {without} registered meanwhile");
        await Task.WhenAll(replicas.Select(replica => CommandAsync(replica, KnownResourceCommands.StartCommand)));
        comingBack.Add(UntilBackAsync());

        async Task UntilBackAsync()
        {
            await UntilAsync(() => replicas.All(IsHealthy), BackDeadline, () => $"did not come back: {string.Join(", ", replicas.Select(Describe))}");
            done.Enqueue(new Fault(resource, FaultKind.Outage, at, DateTimeOffset.UtcNow, without));
        }
    }

    private void End(string process)
    {
        try { using var victim = Process.GetProcessById(system.Processes[process]); victim.Kill(); }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException) { say($"{process} had ended already"); }
    }

    private async Task CommandAsync(string process, string command)
    {
        var result = await system.Application.ResourceCommands.ExecuteCommandAsync(process, command);
        if (!result.Success) throw new InvalidOperationException($"{process}: {command}: {result.ErrorMessage}");
    }

    private CustomResourceSnapshot? Now(string process) => system.Application.ResourceNotifications.TryGetCurrentState(process, out var now) ? now.Snapshot : null;

    private bool IsRunning(string process) => Now(process)?.State?.Text == KnownResourceStates.Running;

    private bool IsHealthy(string process) => IsRunning(process) && Now(process)?.HealthStatus == HealthStatus.Healthy;

    private DateTime? StartOf(string process) => Now(process)?.StartTimeStamp;

    private string Describe(string process) => $"{process} ({Now(process)?.State?.Text}, {Now(process)?.HealthStatus}, {Now(process)?.HealthReports.FirstOrDefault()?.Description})";

    private static async Task UntilAsync(Func<bool> isSo, TimeSpan deadline, Func<string> otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !isSo(); await Task.Delay(Poll))
            if (watch.Elapsed > deadline) throw new TimeoutException(otherwise());
    }
}
