using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Bench;

/// <summary>
/// What the machine's PostgreSQL can do at all: one row of about a registration's size for each transaction, by pgbench, on the very server that the system
/// has just used. To set the system's figures in proportion to.
/// </summary>
internal static partial class RawInserts
{
    /// <summary>More connections than this the server may not have left.</summary>
    private const int MostClients = 100;

    private const string Table = """
        CREATE TABLE raw (id uuid PRIMARY KEY, number text NOT NULL UNIQUE, name text NOT NULL, phone_no text NOT NULL, address text NOT NULL, amount int NOT NULL, at timestamptz NOT NULL)
        """;

    private const string Insert =
        "INSERT INTO raw VALUES (gen_random_uuid(), gen_random_uuid()::text, 'Kim Runner', '010-1234-5678', '1 Hangang-daero, Seoul', 20000, now());\n";

    /// <summary>Rows per second; null, and said why, where there is no pgbench.</summary>
    public static async Task<double?> MeasureAsync(RunningSystem system, int clients, int seconds)
    {
        if (Pgbench(system) is not { } pgbench)
        {
            Console.WriteLine("raw inserts               not measured: there is no pgbench beside this machine's postgres (Debian: it comes with the package postgresql-NN)");
            return null;
        }
        // In a database that is there and empty enough; the run is over, and the system goes away with it.
        var settings = new NpgsqlConnectionStringBuilder(await system.ConnectionStringAsync("dashboard"));
        await system.Database("dashboard").ExecuteAsync(Table);

        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Insert);
            clients = Math.Min(clients, MostClients);
            var start = new ProcessStartInfo(pgbench)
            {
                ArgumentList =
                {
                    "-n", "-M", "prepared", "-c", $"{clients}", "-j", "2", "-T", $"{seconds}", "-f", script,
                    "-h", settings.Host!, "-p", $"{settings.Port}", "-U", settings.Username!, settings.Database!,
                },
                Environment = { ["PGPASSWORD"] = settings.Password },
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            var rate = Tps().Match(said) is { Success: true } tps ? double.Parse(tps.Groups[1].Value, CultureInfo.InvariantCulture) : (double?)null;
            Console.WriteLine(rate is null ? "raw inserts               not measured: pgbench ended without a rate, as it does where it takes longer to connect than --raw says"
                : $"raw inserts               {rate:N0}/s by pgbench: one row per transaction, {clients} connections, the same server, nothing else running on it");
            return rate;
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static string? Pgbench(RunningSystem system) =>
        system.Processes.TryGetValue("postgres", out var server)
        && new FileInfo($"/proc/{server}/exe").LinkTarget is { } postgres && Path.Combine(Path.GetDirectoryName(postgres)!, "pgbench") is var pgbench && File.Exists(pgbench)
            ? pgbench : null;

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}
