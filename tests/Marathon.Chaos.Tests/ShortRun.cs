using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Marathon.Chaos.Tests;

/// <summary>One run for all tests of the project: every kind of process is harmed once.</summary>
public sealed class ShortRun : IAsyncLifetime
{
    /// <summary>By its plan the broker dies last. What a replica has that died is given to the other after ten seconds of silence, which are not waited for here: consumers of a new broker begin anew.</summary>
    private const int Seed = 48;

    /// <summary>As many as there are different things to harm, so that each is: see <see cref="FaultPlan.Make"/>.</summary>
    private const int Steps = 12;

    private readonly List<string> said = [];
    private bool isStopped;

    internal ChaosRun Run { get; private set; } = null!;

    public IEnumerable<string> Said => said;

    public async Task InitializeAsync() => Run = await ChaosRun.RunAsync(
        new ChaosSettings(
            Seed, TimeSpan.FromMinutes(10), Steps, LongestPause: TimeSpan.FromSeconds(1.5), new Dictionary<string, int> { ["registration"] = 2, ["fulfilment"] = 2 },
            Clients: 6, LongestThought: TimeSpan.FromMilliseconds(300), Races: [5, 40, 10_000], DrainDeadline: TimeSpan.FromMinutes(4)),
        said.Add);

    public async Task DisposeAsync()
    {
        if (Run is not null) await Run.DisposeAsync();
    }

    /// <summary>The evidence of the run, with a copy of a service's database in which something is changed.</summary>
    internal async Task<Evidence> PlantAsync(string service, string sql)
    {
        // Nobody mends, or minds, what is planted; and a database is copied only while nobody uses it.
        if (!isStopped)
            foreach (var process in Run.System.Processes.Keys.Where(process => process is not ("postgres" or "kafka")))
                await Run.System.Application.ResourceCommands.ExecuteCommandAsync(process, KnownResourceCommands.StopCommand);
        isStopped = true;
        Run.System.Database(service).Clear();

        var settings = new NpgsqlConnectionStringBuilder(await Run.System.ConnectionStringAsync(service));
        var copy = "planted_" + Guid.NewGuid().ToString("N");
        await using (var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString))
            await server.ExecuteAsync($"CREATE DATABASE {copy} TEMPLATE \"{settings.Database}\" STRATEGY file_copy");
        settings.Database = copy;
        var database = NpgsqlDataSource.Create(settings.ConnectionString);
        Assert.NotEqual(0, await database.ExecuteAsync(sql));
        return Run.Evidence with { Databases = new Dictionary<string, NpgsqlDataSource>(Run.Evidence.Databases) { [service] = database } };
    }
}
