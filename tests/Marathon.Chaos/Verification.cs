using System.Text.Json;
using Marathon.Chaos.Rules;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Chaos;

/// <summary>
/// ./marathon verify: whether the dashboard of the system that runs here shows what the services have. While people register, what is on its way differs, and
/// differs otherwise a moment later: a difference is one that is still the same after a while.
/// </summary>
internal static class Verification
{
    private const int Shown = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15), Pause = TimeSpan.FromSeconds(1);

    /// <summary>Prints what differs; returns how much does.</summary>
    /// <param name="data">The folder in which the local host keeps the state and the secrets of what it runs.</param>
    /// <param name="say">Where it is printed.</param>
    public static async Task<int> RunAsync(string data, Action<string> say)
    {
        var databases = RunningSystem.Services.ToDictionary(service => service, service => NpgsqlDataSource.Create(ConnectionString(data, service)));
        try
        {
            return await CheckAsync(databases, ReadSide.Rules, say);
        }
        finally
        {
            foreach (var database in databases.Values) await database.DisposeAsync();
        }
    }

    /// <summary>Of these databases, by rules of the books.</summary>
    public static async Task<int> CheckAsync(IReadOnlyDictionary<string, NpgsqlDataSource> databases, IReadOnlyList<Rule> rules, Action<string> say)
    {
        var evidence = new Evidence(databases, [], [], [], null!, [], () => []);
        var differences = 0;
        foreach (var rule in rules)
        {
            var (watch, finding) = (System.Diagnostics.Stopwatch.StartNew(), await rule.Check(evidence));
            var still = finding.Violations.ToHashSet();
            while (still.Count > 0 && watch.Elapsed < Patience)
            {
                await Task.Delay(Pause);
                still.IntersectWith((await rule.Check(evidence)).Violations);
            }
            say($"{(still.Count == 0 ? "right" : "WRONG"),-6} {rule.Name} ({finding.Checked:N0} looked at)");
            foreach (var violation in still.Order(StringComparer.Ordinal).Take(Shown)) say($"       {violation}");
            if (still.Count > Shown) say($"       and {still.Count - Shown:N0} more");
            differences += still.Count;
        }
        return differences;
    }

    private static string ConnectionString(string data, string service)
    {
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "state.json")));
        using var secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "secrets.json")));
        var postgres = new Uri(state.RootElement.GetProperty("resources").EnumerateArray().Single(resource => resource.GetProperty("id").GetString() == "postgres").GetProperty("url").GetString()!);
        return new NpgsqlConnectionStringBuilder
        {
            Host = postgres.Host, Port = postgres.Port, Database = service, Username = "postgres", Password = secrets.RootElement.GetProperty("Parameters:postgres-password").GetString(),
            CommandTimeout = 300,
        }.ConnectionString;
    }
}
