using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marathon.LocalHosting;

/// <summary>
/// One process of the model over its whole life: waits for what it needs, starts it, watches it, starts it again when it ends or hangs, and
/// leaves it alone after a stop command.
/// </summary>
internal sealed class Instance(
    IResource resource, string id, string? url, LocalProcess local, ResourceNotificationService notifications, Action<string> log) : IDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AliveTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);
    private const int MissesAllowed = 3;

    /// <summary>How long a process may take until its first answer: long enough for a cold start on a small, busy machine.</summary>
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(60);

    private readonly Backoff backoff = new();
    private readonly SemaphoreSlim commands = new(1, 1);
    private readonly string[] checks = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key)];
    private CancellationTokenSource stopping = new();
    private Task life = Task.CompletedTask;
    private bool hasStarted;
    private DateTime? healthySince;
    private bool hasAnswered;

    public IResource Resource => resource;
    public string Id => id;

    /// <summary>Starts it, or does nothing if it is meant to run already.</summary>
    public Task StartAsync() => ExclusivelyAsync(() =>
    {
        if (!life.IsCompleted) return Task.CompletedTask;
        stopping = new CancellationTokenSource();
        backoff.Reset();
        var stop = stopping.Token;
        // Before this returns: whoever started it and then waits for it must not find how it ended last time.
        Publish(hasStarted ? KnownResourceStates.Starting : KnownResourceStates.Waiting);
        life = Task.Run(() => LiveAsync(stop), CancellationToken.None);
        return Task.CompletedTask;
    });

    /// <summary>Ends it, orderly if it can be had; it stays ended until it is started again.</summary>
    public Task StopAsync() => ExclusivelyAsync(async () =>
    {
        await stopping.CancelAsync();
        await life;
    });

    public void Dispose()
    {
        stopping.Dispose();
        commands.Dispose();
    }

    private async Task ExclusivelyAsync(Func<Task> action)
    {
        await commands.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            commands.Release();
        }
    }

    private async Task LiveAsync(CancellationToken stop)
    {
        try
        {
            if (!hasStarted)
            {
                await notifications.WaitForDependenciesAsync(resource, stop);
                hasStarted = true;
            }
            while (true)
            {
                healthySince = null;
                hasAnswered = false;
                await RunOnceAsync(stop);
                var pause = backoff.Next(healthySince is { } since ? DateTime.UtcNow - since : TimeSpan.Zero);
                log($"starting again in {pause.TotalSeconds:0.#} s");
                Publish(KnownResourceStates.Starting);
                await Task.Delay(pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Publish(KnownResourceStates.Exited);
        }
    }

    private async Task RunOnceAsync(CancellationToken stop)
    {
        GuardedProcess child;
        Publish(KnownResourceStates.Starting);
        try
        {
            await local.PrepareAsync(stop);
            var launch = await local.DescribeAsync(stop);
            stop.ThrowIfCancellationRequested();
            child = GuardedProcess.Start(launch, log);
            Publish(KnownResourceStates.Running, snapshot => snapshot with
            {
                Properties =
                [
                    new ResourcePropertySnapshot("executable.path", launch.File),
                    new ResourcePropertySnapshot("executable.pid", child.Id),
                    new ResourcePropertySnapshot("executable.workDir", launch.WorkingDirectory),
                ],
                HealthReports = [.. checks.Select(key => new HealthReportSnapshot(key, null, null, null))],
                Urls = url is null ? [] : [new UrlSnapshot("http", url, IsInternal: false)],
                ExitCode = null,
                StartTimeStamp = DateTime.UtcNow,
                StopTimeStamp = null,
            });
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log(error is Aspire.Hosting.DistributedApplicationException ? error.Message : error.ToString());
            Publish(KnownResourceStates.FailedToStart);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = Task.WhenAll(WatchHealthAsync(child, over.Token), WatchLifeAsync(child, over.Token));
        try
        {
            var code = await child.Exited.WaitAsync(stop);
            log($"ended by itself with code {code}");
        }
        catch (OperationCanceledException)
        {
            Publish(KnownResourceStates.Stopping);
            await child.StopAsync(local.StopSignal, StopDeadline);
            throw;
        }
        finally
        {
            await over.CancelAsync();
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var code = await child.Exited;
            Publish(KnownResourceStates.Exited, snapshot => snapshot with { ExitCode = code, StopTimeStamp = DateTime.UtcNow });
        }
    }

    private async Task WatchHealthAsync(GuardedProcess child, CancellationToken ct)
    {
        // Who has not been healthy for long is asked less often: a dozen services whose server is starting up would keep it from doing so with what they are asked.
        var poll = ShortestPoll;
        while (!child.Exited.IsCompleted)
        {
            var problem = await AskAsync(local.CheckHealthAsync, HealthTimeout, ct);
            if (problem is null) healthySince ??= DateTime.UtcNow;
            else if (healthySince is not null) (healthySince, poll) = (null, ShortestPoll);
            else poll = TimeSpan.FromTicks(Math.Min(poll.Ticks * 5 / 4, Poll.Ticks));
            hasAnswered |= problem is null;
            var status = problem is null ? HealthStatus.Healthy : HealthStatus.Unhealthy;
            Publish(KnownResourceStates.Running, snapshot =>
                child.Exited.IsCompleted || snapshot.HealthReports.All(report => report.Status == status) ? snapshot
                : snapshot with { HealthReports = [.. checks.Select(key => new HealthReportSnapshot(key, status, problem, null))] });
            await Task.Delay(problem is null ? Poll : poll, ct);
        }
    }

    /// <summary>Ends a process that answered once, or had its time to, and then missed three times in a row.</summary>
    private async Task WatchLifeAsync(GuardedProcess child, CancellationToken ct)
    {
        if (!local.IsWatched) return;
        var misses = 0;
        for (var started = Stopwatch.StartNew(); !child.Exited.IsCompleted; await Task.Delay(Poll, ct))
        {
            var problem = await AskAsync(async token => await local.IsAliveAsync(token) ? null : "it says so", AliveTimeout, ct);
            hasAnswered |= problem is null;
            misses = problem is null ? 0 : misses + 1;
            if (misses < MissesAllowed || (!hasAnswered && started.Elapsed < StartGrace)) continue;
            log($"not alive ({problem}): killed");
            child.Send(PosixSignalNumber.Kill);
            return;
        }
    }

    private static async Task<string?> AskAsync(
        Func<CancellationToken, Task<string?>> question, TimeSpan timeout, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(timeout);
        try
        {
            return await question(limited.Token);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            return error is OperationCanceledException ? $"no answer within {timeout.TotalSeconds:0} s" : error.Message;
        }
    }

    private void Publish(string state, Func<CustomResourceSnapshot, CustomResourceSnapshot>? change = null) =>
        _ = notifications.PublishUpdateAsync(resource, id, snapshot =>
        {
            var next = snapshot.State?.Text == state ? snapshot : snapshot with { State = state };
            return change is null ? next : change(next);
        });
}
