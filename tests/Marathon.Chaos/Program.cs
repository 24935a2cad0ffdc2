// ./marathon chaos [--minutes 5] [--seed N] [--logs FOLDER]: people register while processes are killed and answers get lost; then everybody's books are checked.
// ./marathon verify: whether the dashboard of the system that runs shows what the services have.
using System.Diagnostics;
using System.Globalization;
using Marathon.Chaos;
using Marathon.Testing;

Interruption.EndsThisProcess();
if (args is ["verify", var data]) return await Verification.RunAsync(data, Console.WriteLine) == 0 ? 0 : 1;
var (minutes, seed, logs) = (5.0, Random.Shared.Next(1, 100_000), (string?)null);
foreach (var option in args.Chunk(2))
    switch (option)
    {
        case ["--minutes", var value] when double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0: break;
        case ["--seed", var value] when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed): break;
        case ["--logs", var value]: logs = value; break;
        default:
            await Console.Error.WriteLineAsync("Usage: ./marathon chaos [--minutes 5] [--seed N] [--logs FOLDER]\n  --logs: where to leave the processes' logs, which are thrown away otherwise.");
            return 2;
    }

var watch = Stopwatch.StartNew();
Console.WriteLine($"seed {seed}, {minutes} minutes");
await using var run = await ChaosRun.RunAsync(
    new ChaosSettings(
        seed, TimeSpan.FromMinutes(minutes), int.MaxValue, LongestPause: TimeSpan.FromSeconds(2),
        new Dictionary<string, int> { ["registration"] = 2, ["payment"] = 2, ["fulfilment"] = 2, ["notification"] = 2, ["dashboard"] = 2 },
        // In a longer run there is more to be sent again each time the broker has lost everything: who registers takes longer over it, so that two cores keep up.
        Clients: 8, LongestThought: TimeSpan.FromMilliseconds(500 * Math.Max(1, minutes / 12)), Races: [20, 50, 150, 400, 1000, 100_000], DrainDeadline: TimeSpan.FromMinutes(10))
    {
        SuspendEvery = TimeSpan.FromSeconds(30),
    },
    line => Console.WriteLine($"{watch.Elapsed:mm\\:ss} {line}"), KeepLogs);
var violations = await Report.WriteAsync(run, Console.WriteLine);
KeepLogs();
return violations == 0 ? 0 : 1;

void KeepLogs()
{
    if (logs is null) return;
    Directory.CreateDirectory(logs);
    foreach (var log in RunningSystem.Logs) File.Copy(log, Path.Combine(logs, Path.GetFileName(log)), overwrite: true);
}
