using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Marathon.LocalHosting.Tests;

/// <summary>The test application as a host of its own, ended in different ways.</summary>
public sealed class HostTests : IDisposable
{
    private readonly string data = Path.Combine(Path.GetTempPath(), $"marathon-host-{Guid.NewGuid():N}");
    private readonly Process host;

    public HostTests()
    {
        var start = new ProcessStartInfo("dotnet", typeof(TestApp.TestProject).Assembly.Location) { RedirectStandardOutput = true };
        start.Environment["MARATHON_DATA"] = data;
        start.Environment.Remove("TEST_SERVICE");
        host = Process.Start(start)!;
        _ = host.StandardOutput.ReadToEndAsync();
    }

    public void Dispose()
    {
        if (!host.HasExited) host.Kill();
        host.WaitForExit();
        host.Dispose();
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task KilledHost_LeavesNothingBehind()
    {
        var sessions = await AllUpAsync();
        host.Kill();
        await Eventually.HoldsAsync(() => Survivors(sessions).Length == 0, "everything gone", seconds: 5);
    }

    [Fact]
    public async Task TerminatedHost_StopsEverythingInOrder()
    {
        var sessions = await AllUpAsync();
        using (var kill = Process.Start("kill", ["-TERM", host.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await Eventually.HoldsAsync(() => host.HasExited, "host ended");
        Assert.Equal(0, host.ExitCode);
        await Eventually.HoldsAsync(() => Survivors(sessions).Length == 0, "everything gone", seconds: 5);
        Assert.Contains("database system is shut down", await File.ReadAllTextAsync(Path.Combine(data, "logs", "postgres.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KilledHost_CanBeStartedAgainAtOnce()
    {
        await AllUpAsync();
        host.Kill();
        await host.WaitForExitAsync();
        var start = new ProcessStartInfo("dotnet", typeof(TestApp.TestProject).Assembly.Location) { RedirectStandardOutput = true };
        start.Environment["MARATHON_DATA"] = data;
        using var again = Process.Start(start)!;
        _ = again.StandardOutput.ReadToEndAsync();
        try
        {
            await AllUpAsync(again.Id);
        }
        finally
        {
            again.Kill();
            await again.WaitForExitAsync();
        }
    }

    /// <returns>The sessions of all processes: each resource leads one, and Postgres's own children lead theirs.</returns>
    private async Task<int[]> AllUpAsync(int? hostPid = null)
    {
        var file = Path.Combine(data, "state.json");
        int[] pids = [];
        await Eventually.HoldsAsync(
            () =>
            {
                if (!File.Exists(file)) return false;
                using var state = JsonDocument.Parse(File.ReadAllText(file));
                var resources = state.RootElement.GetProperty("resources").EnumerateArray().ToArray();
                pids = [.. resources.Select(r => r.GetProperty("pid")).Where(pid => pid.ValueKind == JsonValueKind.Number).Select(pid => pid.GetInt32())];
                return state.RootElement.GetProperty("hostPid").GetInt32() == (hostPid ?? host.Id)
                    && pids.Length == 5 && resources.All(r => r.GetProperty("health").GetString() == "Healthy");
            },
            "postgres, broker, single and both replicas up", seconds: 60);
        var sessions = Processes().Where(process => pids.Contains(process.Id) || pids.Contains(process.Parent)).Select(process => process.Session);
        var all = sessions.Distinct().ToArray();
        Assert.True(all.Length > 8, "Postgres's children are among them");
        return all;
    }

    private static string[] Survivors(int[] sessions) =>
        [.. Processes().Where(process => sessions.Contains(process.Session) && process.State != "Z").Select(process => $"{process.Id}")];

    private static IEnumerable<(int Id, int Parent, int Session, string State)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue;
            }
            // pid (name) state ppid pgrp session …; a name may contain spaces.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            yield return (
                int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture),
                int.Parse(fields[3], CultureInfo.InvariantCulture), fields[0]);
        }
    }
}
