using System.Collections.Concurrent;
using System.Globalization;
using Marathon.LocalHosting;
using Marathon.Testing;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>
/// A Marathon.Messaging.Worker in a process of its own, which cannot outlive the test. Whenever it dies it is started again, as its orchestrator
/// would do, until it is ended.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const string Struck = "failpoint ";
    private const int Killed = 128 + 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new() { Timeout = Patience };

    private readonly string name;
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly ConcurrentQueue<string> lines = [], deaths = [], struck = [];
    private readonly Task living;
    private readonly TextWriter? file;
    private volatile Life life;
    private volatile string? always, next;
    private volatile bool isOver;

    private WorkerProcess(string name, IReadOnlyDictionary<string, string> environment, string? always)
    {
        (this.name, this.environment, this.always) = (name, environment, always);
        if (Environment.GetEnvironmentVariable("MARATHON_TEST_LOGS") is { Length: > 0 } folder)
            file = TextWriter.Synchronized(new StreamWriter(Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}-{Guid.NewGuid().ToString("N")[..6]}.log")) { AutoFlush = true });
        life = Begin();
        living = LiveAsync();
    }

    /// <summary>How it died each time: the failpoint that killed it, or <c>killed</c> when it was us.</summary>
    public IReadOnlyCollection<string> Deaths => deaths;

    /// <summary>Ends that nobody wanted.</summary>
    public ConcurrentQueue<string> Failures { get; } = [];

    /// <summary>The last lines it wrote.</summary>
    public IEnumerable<string> Tail => lines;

    /// <param name="name">For the log.</param>
    /// <param name="environment">Its configuration.</param>
    /// <param name="failpoints">Of every life, as in <see cref="Failpoint"/>.</param>
    public static WorkerProcess Start(string name, IReadOnlyDictionary<string, string> environment, string? failpoints = null) =>
        new(name, environment, failpoints);

    /// <summary>Waits until the present life answers.</summary>
    public async Task<Uri> ListeningAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var now = life;
            if (await Task.WhenAny(now.Address.Task, now.Process.Exited, Task.Delay(Patience, deadline.Token)) == now.Address.Task) return await now.Address.Task;
            if (deadline.IsCancellationRequested) throw new TimeoutException($"{name} does not listen:\n{string.Join('\n', Tail)}");
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Arms failpoints in the present life, which may end by them before it can say so.</summary>
    public async Task ArmAsync(string failpoints)
    {
        var (address, armed) = (await ListeningAsync(), life);
        try
        {
            using var answer = await Http.PostAsync(new Uri(address, "/failpoints"), new StringContent(failpoints));
            answer.EnsureSuccessStatusCode();
        }
        // One that dies keeps its sockets open until the last of its threads is back from the disk.
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && failpoints.Contains("=kill", StringComparison.Ordinal))
        {
            await armed.Process.Exited.WaitAsync(Patience);
        }
    }

    /// <summary>Sends a request without a body.</summary>
    public async Task<string> PostAsync(string path)
    {
        using var answer = await Http.PostAsync(new Uri(await ListeningAsync(), path), null);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    /// <summary>The failpoints of the next life, and of that one only.</summary>
    public void ArmNext(string failpoints) => next = failpoints;

    /// <summary>No more failpoints, neither in this life nor in those to come.</summary>
    public async Task DisarmAsync()
    {
        always = null;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await ArmAsync("");
                return true;
            }
            catch (HttpRequestException)
            {
                // It died a last time.
                return false;
            }
        }, Patience, $"{name} goes on dying");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => life.Process.Send(PosixSignalNumber.Kill);

    /// <summary>SIGCONT, to a process that a failpoint stopped.</summary>
    public void Thaw() => life.Process.Send(PosixSignalNumber.Continue);

    /// <summary>Waits until it has died at <paramref name="step"/>.</summary>
    public Task DiedAsync(string step) => Eventually.TrueAsync(
        () => Task.FromResult(deaths.Contains(step)), Patience, $"{name} did not die at {step}");

    /// <summary>Waits until a failpoint has done <paramref name="action"/> at <paramref name="step"/>.</summary>
    public Task StruckAsync(string step, string action) => Eventually.TrueAsync(
        () => Task.FromResult(struck.Contains($"{step} {action}")), Patience, $"{name} did not {action} at {step}");

    public async ValueTask DisposeAsync()
    {
        isOver = true;
        Kill();
        await living;
        if (file is not null) await file.DisposeAsync();
    }

    private async Task LiveAsync()
    {
        while (true)
        {
            var now = life;
            var code = await now.Process.Exited;
            if (isOver) return;
            // What it wrote last may still be in the pipe.
            await now.Drained();
            if (code == Killed) deaths.Enqueue(now.StruckAt ?? "killed");
            else Failures.Enqueue($"{name} ended by itself with code {code}:\n{string.Join('\n', Tail)}");
            life = Begin();
            // Between the two, it may have been ended.
            if (isOver) Kill();
        }
    }

    private Life Begin()
    {
        var variables = new Dictionary<string, string>(environment);
        variables["MARATHON_FAILPOINTS"] = Interlocked.Exchange(ref next, null) ?? always ?? "";
        var begun = new Life();
        begun.Process = GuardedProcess.Start(
            WorkerProgram.Launch(variables),
            line => Hear(begun, line));
        return begun;
    }

    private void Hear(Life from, string line)
    {
        file?.WriteLine($"{DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {line}");
        lines.Enqueue(line);
        while (lines.Count > 60) lines.TryDequeue(out _);
        if (WorkerProgram.AddressIn(line) is { } address) from.Address.TrySetResult(address);
        if (!line.StartsWith(Struck, StringComparison.Ordinal)) return;
        struck.Enqueue(line[Struck.Length..]);
        if (line.EndsWith(" kill", StringComparison.Ordinal)) from.StruckAt ??= line.Split(' ')[1];
    }

    private sealed class Life
    {
        public GuardedProcess Process { get; set; } = null!;
        public TaskCompletionSource<Uri> Address { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public string? StruckAt { get; set; }

        public async Task Drained() => await Process.Output.WaitAsync(Patience);
    }
}
