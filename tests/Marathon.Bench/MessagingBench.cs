using System.Diagnostics;
using System.Globalization;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Bench;

/// <summary>
/// Marathon.Messaging from a commit in one process to its effect in another: a teller whose writers each insert a row, lock and count up an aggregate
/// and publish one to three events per transaction; a listener that applies them and publishes one of its own for each. All of it, servers
/// included, on this machine.
/// </summary>
internal static class MessagingBench
{
    private const int Aggregates = 3000;
    private const string Nowhere = "127.0.0.1:1";

    public static async Task RunAsync(Options options)
    {
        var servers = new Servers { IsDurable = true };
        await servers.InitializeAsync();
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} cores; PostgreSQL, broker, teller and listener all on them; {options["seconds"]} s per figure; {Aggregates} aggregates.");
            if (options["rounds"] > 0)
            {
                await PacedAsync(servers, options["seconds"], options["rounds"]);
                await ThroughputAsync(servers, options["seconds"], options["rounds"]);
            }
            if (options["backlog"] > 0) await BacklogAsync(servers, options["backlog"]);
            if (options["idle"] > 0) await IdleAsync(servers, options["idle"]);
        }
        finally
        {
            await servers.DisposeAsync();
        }
    }

    /// <summary>As fast as writers can; with everything, and in turn without a relay, which has no broker to send to.</summary>
    private static async Task ThroughputAsync(Servers servers, int seconds, int rounds)
    {
        Console.WriteLine("\nAs fast as they can. Median (least–most) of the rounds.");
        Console.WriteLine($"{"writers",8} {"events/s committed",24} {"applied meanwhile",22} {"p50 ms",18} {"p99 ms",18} {"writers, of no relay",24}");
        foreach (var writers in (int[])[1, 16, 64])
        {
            List<double> rates = [], applied = [], p50 = [], p99 = [], ratios = [];
            for (var round = 0; round < rounds; round++)
            {
                var alone = await RunAsync(servers, Nowhere, writers, rate: 0, seconds, listens: false);
                var relayed = await RunAsync(servers, servers.Kafka, writers, rate: 0, seconds, listens: false);
                var all = await RunAsync(servers, servers.Kafka, writers, rate: 0, seconds, listens: true);
                rates.Add(all.Committed);
                applied.Add(all.Applied);
                p50.Add(all.P50);
                p99.Add(all.P99);
                ratios.Add(relayed.Committed / alone.Committed);
            }
            Console.WriteLine($"{writers,8} {Spread.Of(rates).Text("N0"),24} {Spread.Of(applied).Text("N0"),22} {Spread.Of(p50).Text("N0"),18} {Spread.Of(p99).Text("N0"),18} {Spread.Of(ratios).Text("N2"),24}");
        }
    }

    private static async Task PacedAsync(Servers servers, int seconds, int rounds)
    {
        var runs = new List<Run>();
        for (var round = 0; round < rounds; round++) runs.Add(await RunAsync(servers, servers.Kafka, writers: 16, rate: 2000, seconds, listens: true));
        Console.WriteLine($"\n2,000 events/s asked for: {Spread.Of(runs.Select(run => run.Committed)).Text("N0")} committed, commit to applied p50 {Spread.Of(runs.Select(run => run.P50)).Text("N0")} ms, "
            + $"p99 {Spread.Of(runs.Select(run => run.P99)).Text("N0")} ms; processor: teller {Spread.Of(runs.Select(run => run.Teller)).Text("P0")}, listener {Spread.Of(runs.Select(run => run.Listener)).Text("P0")} of a core.");
    }

    private static async Task<Run> RunAsync(Servers servers, string kafka, int writers, int rate, int seconds, bool listens)
    {
        // An empty log for each: a listener would read those of the runs before it first.
        await servers.KillAsync(Servers.KafkaName);
        var (name, run) = (Name(), Number());
        var (tellerDb, listenerDb) = (await servers.CreateDatabaseAsync(), await servers.CreateDatabaseAsync());
        await using var listener = listens ? await WorkerProcess.StartAsync(listenerDb, kafka, name + "l", RunOf(run), ("Worker__Follows", "true")) : null;
        await using var teller = await WorkerProcess.StartAsync(tellerDb, kafka, name + "t", [RunOf(run), .. Writing(writers, rate, events: 1_000_000_000)]);
        await using var told = NpgsqlDataSource.Create(tellerDb);
        await using var heard = NpgsqlDataSource.Create(listenerDb);

        // The first seconds are the compiler's.
        await Task.Delay(TimeSpan.FromSeconds(4));
        var (from, watch) = (DateTime.UtcNow, Stopwatch.StartNew());
        var (before, tellerBefore, listenerBefore) = (await WrittenAsync(told), teller.Processor, listener?.Processor ?? 0);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var (committed, until, took) = (await WrittenAsync(told) - before, DateTime.UtcNow, watch.Elapsed.TotalSeconds);
        var (tellerAfter, listenerAfter) = (teller.Processor, listener?.Processor ?? 0);
        if (!listens) return new Run(committed / took, 0, 0, 0, 0, 0);

        await using var figures = heard.CreateCommand("""
            SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY age), percentile_cont(0.99) WITHIN GROUP (ORDER BY age)
            FROM (SELECT extract(epoch FROM applied_at - occurred_at) * 1000 AS age FROM effects WHERE applied_at BETWEEN $1 AND $2) AS applied
            """);
        figures.Parameters.Add(new() { Value = from });
        figures.Parameters.Add(new() { Value = until });
        await using var row = await figures.ExecuteReaderAsync();
        await row.ReadAsync();
        var applied = row.GetInt64(0);
        return new Run(committed / took, applied / took, applied > 0 ? row.GetDouble(1) : double.NaN, applied > 0 ? row.GetDouble(2) : double.NaN, (tellerAfter - tellerBefore) / took, (listenerAfter - listenerBefore) / took);
    }

    /// <summary>A listener that was away comes back to a long log.</summary>
    private static async Task BacklogAsync(Servers servers, int backlog)
    {
        await servers.KillAsync(Servers.KafkaName);
        var (name, run) = (Name(), Number());
        var (tellerDb, listenerDb) = (await servers.CreateDatabaseAsync(), await servers.CreateDatabaseAsync());
        await using var teller = await WorkerProcess.StartAsync(tellerDb, servers.Kafka, name + "t", [RunOf(run), .. Writing(writers: 16, rate: 0, backlog)]);
        await using var told = NpgsqlDataSource.Create(tellerDb);
        await using var heard = NpgsqlDataSource.Create(listenerDb);
        await Eventually.TrueAsync(async () => await WrittenAsync(told) >= backlog && await UnsentAsync(told) == 0, TimeSpan.FromMinutes(5));

        var watch = Stopwatch.StartNew();
        await using var listener = await WorkerProcess.StartAsync(listenerDb, servers.Kafka, name + "l", RunOf(run), ("Worker__Follows", "true"));
        await Eventually.TrueAsync(async () => (await heard.RowsAsync("SELECT count(*) FROM effects"))[0] == backlog.ToString(CultureInfo.InvariantCulture), TimeSpan.FromMinutes(10));
        Console.WriteLine($"\nA listener with {backlog:N0} events waiting: all applied {watch.Elapsed.TotalSeconds:N0} s after its start ({backlog / watch.Elapsed.TotalSeconds:N0}/s), {listener.PeakMemory:N0} MB at most.");
    }

    private static async Task IdleAsync(Servers servers, int seconds)
    {
        await using var worker = await WorkerProcess.StartAsync(await servers.CreateDatabaseAsync(), servers.Kafka, Name(), ("Worker__Follows", "true"));
        // Until the compiler has done what it wants to.
        await Task.Delay(TimeSpan.FromSeconds(90));
        var before = worker.Processor;
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        Console.WriteLine($"\nIdle, over {seconds} s: {(worker.Processor - before) / seconds:P2} of a core, {worker.PeakMemory:N0} MB at most.");
    }

    private static async Task<long> WrittenAsync(NpgsqlDataSource told) =>
        long.Parse((await told.RowsAsync("SELECT coalesce(sum(events), 0) FROM written"))[0], CultureInfo.InvariantCulture);

    private static async Task<long> UnsentAsync(NpgsqlDataSource told) => long.Parse((await told.RowsAsync("""
        SELECT count(*) FROM outbox JOIN outbox_cursor USING (shard) WHERE xid >= pg_snapshot_xmin(snap) AND NOT pg_visible_in_snapshot(xid, snap)
        """))[0], CultureInfo.InvariantCulture);

    private static (string, string)[] Writing(int writers, int rate, long events) =>
    [
        ("Worker__Writers", $"{writers}"), ("Worker__Rate", $"{rate}"), ("Worker__Events", $"{events}"),
        ("Worker__Things", $"{Aggregates}"), ("Worker__RolledBack", "0"), ("Worker__Held", "0"),
    ];

    private static string Name() => "b" + Guid.NewGuid().ToString("N")[..10];

    private static uint Number() => (uint)Random.Shared.Next();

    private static (string, string) RunOf(uint run) => ("Worker__Run", $"{run}");

    private readonly record struct Run(double Committed, double Applied, double P50, double P99, double Teller, double Listener);
}
