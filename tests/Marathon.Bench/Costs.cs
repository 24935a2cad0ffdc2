using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>
/// What the system's processes cost, out of /proc. A resource with children is the sum of them: PostgreSQL is one process for each connection. The benchmark's
/// own process is the load generator and the host that watches the others.
/// </summary>
internal sealed class Costs(RunningSystem system) : IAsyncDisposable
{
    public const string Generator = "generator + host";
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<(long At, Dictionary<string, double> Megabytes)> samples = [];
    private readonly CancellationTokenSource over = new();
    private Task sampling = Task.CompletedTask;

    private IEnumerable<KeyValuePair<string, int>> Processes => system.Processes.Append(new(Generator, Environment.ProcessId));

    /// <summary>Looks at the memory once a second from now on.</summary>
    public Costs Watch()
    {
        sampling = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(Interval);
            do Look();
            while (await timer.WaitForNextTickAsync(over.Token));
        });
        return this;
    }

    /// <summary>Looks at the memory now.</summary>
    public void Look() => samples.Enqueue((Stopwatch.GetTimestamp(), Memory()));

    /// <summary>The most memory that was seen resident, in MB, between two timestamps of the stopwatch.</summary>
    public double Peak(string process, long from = 0, long until = long.MaxValue) => samples
        .Where(sample => sample.At >= from && sample.At <= until).Select(sample => sample.Megabytes.GetValueOrDefault(process)).DefaultIfEmpty().Max();

    /// <summary>Seconds of processor time so far.</summary>
    public Dictionary<string, double> Processor() => Processes.ToDictionary(process => process.Key, process => TreeOf(process).Sum(pid => ProcessorOf(pid, withEnded: process.Key != Generator)));

    /// <summary>Seconds that all processors together have been busy so far, with whatever.</summary>
    public static double Machine() => File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
        .Where((_, column) => column is not (3 or 4 or 8 or 9)) // idle, waiting for input and output; guests are counted as users, too
        .Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;

    /// <summary>Resident now, in MB; memory that PostgreSQL's processes share is counted once.</summary>
    public Dictionary<string, double> Memory() => Processes.ToDictionary(process => process.Key, process =>
    {
        var all = TreeOf(process).Select(pid => (Own: StatusOf(pid, "RssAnon:"), Shared: StatusOf(pid, "RssFile:") + StatusOf(pid, "RssShmem:"))).ToArray();
        return (all.Sum(memory => memory.Own) + all.Max(memory => memory.Shared)) / 1024;
    });

    /// <summary>Threads now.</summary>
    public Dictionary<string, double> Threads() => Processes.ToDictionary(process => process.Key, process => TreeOf(process).Sum(pid => StatusOf(pid, "Threads:")));

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        over.Dispose();
    }

    /// <summary>With its children, except of this process: those are the other resources.</summary>
    private static IEnumerable<int> TreeOf(KeyValuePair<string, int> process)
    {
        if (process.Key == Generator) return [process.Value];
        try
        {
            var children = File.ReadAllText($"/proc/{process.Value}/task/{process.Value}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return [process.Value, .. children.Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
        }
        catch (IOException) { return [process.Value]; }
    }

    /// <param name="withEnded">With those of its children that have ended.</param>
    private static double ProcessorOf(int pid, bool withEnded)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
            return fields[11..(withEnded ? 15 : 13)].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException) { return 0; }
    }

    private static double StatusOf(int pid, string name)
    {
        try
        {
            return double.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))
                .Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException) { return 0; }
    }
}
