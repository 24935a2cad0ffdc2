using System.Globalization;
using Marathon.LocalHosting;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>A Marathon.Messaging.Worker in a process of its own, and what it costs.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly double TicksPerSecond = 100;

    private readonly GuardedProcess process;
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerProcess(IReadOnlyDictionary<string, string> environment)
    {
        var variables = new Dictionary<string, string>(environment) { ["Logging__LogLevel__Default"] = "Error", ["Services__Key"] = "unused" };
        process = GuardedProcess.Start(WorkerProgram.Launch(variables), line =>
        {
            if (WorkerProgram.AddressIn(line) is not null) listening.TrySetResult();
            else Console.Error.WriteLine(line);
        });
    }

    /// <summary>Returns when it answers.</summary>
    public static async Task<WorkerProcess> StartAsync(string database, string kafka, string name, params (string Key, string Value)[] options)
    {
        var environment = new Dictionary<string, string> { ["ConnectionStrings__db"] = database, ["ConnectionStrings__kafka"] = kafka, ["Worker__Name"] = name };
        foreach (var (key, value) in options) environment[key] = value;
        var worker = new WorkerProcess(environment);
        await worker.listening.Task.WaitAsync(Patience);
        return worker;
    }

    /// <summary>Seconds of processor time so far.</summary>
    public double Processor => ProcessorOf(process.Id);

    /// <summary>The most memory it ever had resident, in MB.</summary>
    public double PeakMemory => double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>Of any process, children that ended not included.</summary>
    public static double ProcessorOf(int pid)
    {
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    public async ValueTask DisposeAsync()
    {
        await process.StopAsync(PosixSignalNumber.Terminate, TimeSpan.FromSeconds(10));
        await process.Exited;
    }
}
