// ./marathon fuzz [--requests 2000] [--seed N] [--half-open 2000] [--only NUMBER]: every public call is asked in every wrong way; then it is seen what was answered, stored and written down.
using System.Diagnostics;
using System.Globalization;
using Marathon.Fuzz;
using Marathon.Testing;

Interruption.EndsThisProcess();
var settings = new FuzzSettings(Random.Shared.Next(1, 100_000), Requests: 2000, Clients: 16, HalfOpen: 2000);
foreach (var option in args.Chunk(2))
    switch (option)
    {
        case ["--requests", var value] when Is(value, out var requests): settings = settings with { Requests = requests }; break;
        case ["--seed", var value] when Is(value, out var seed): settings = settings with { Seed = seed }; break;
        case ["--half-open", var value] when Is(value, out var connections): settings = settings with { HalfOpen = connections }; break;
        case ["--only", var value] when Is(value, out var number): settings = settings with { Only = number, HalfOpen = 0 }; break;
        default:
            await Console.Error.WriteLineAsync("Usage: ./marathon fuzz [--requests 2000] [--seed N] [--half-open 2000] [--only NUMBER]\n  --only: one request of the seed alone, by the number that a violation names.");
            return 2;
    }

var watch = Stopwatch.StartNew();
Console.WriteLine($"seed {settings.Seed}");
var found = await FuzzRun.RunAsync(settings, line => Console.WriteLine($"{watch.Elapsed:mm\\:ss} {line}"));
Console.WriteLine(found.Count == 0 ? "nothing was found" : $"{found.Count} violations, the last of them:");
foreach (var violation in found.TakeLast(20)) Console.WriteLine("  " + violation);
return found.Count == 0 ? 0 : 1;

static bool Is(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
