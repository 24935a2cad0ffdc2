using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Marathon.ServiceDefaults.Values;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Testing;

/// <summary>
/// The whole system as its application model describes it, in data folders and at ports of its own: what the outside sees of it, what is stored, and which
/// processes it is made of.
/// </summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    /// <summary>The services that have a database.</summary>
    public static readonly IReadOnlyList<string> Services = ["registration", "payment", "fulfilment", "notification", "dashboard"];

    private static readonly string[] TopSizes = ["100", "105", "110"], BottomSizes = ["95", "100"];

    private readonly DistributedApplication app;
    private readonly string serviceKey;
    private readonly Dictionary<string, NpgsqlDataSource> databases = [];

    private RunningSystem(DistributedApplication app, string serviceKey) => (this.app, this.serviceKey) = (app, serviceKey);

    /// <summary>Where everybody comes in.</summary>
    public Uri Gateway => app.GetEndpoint("gateway", "http");

    /// <summary>The application itself.</summary>
    public DistributedApplication Application => app;

    /// <summary>
    /// What the processes have written, a file each. The local host writes them into a folder of its own that bears this process's id, and deletes it at the end.
    /// </summary>
    public static IEnumerable<string> Logs => Directory.EnumerateDirectories(Path.GetTempPath(), $"marathon-test-{Environment.ProcessId}-*")
        .SelectMany(data => Directory.EnumerateFiles(Path.Combine(data, "logs")));

    /// <summary>A service's own database.</summary>
    public NpgsqlDataSource Database(string service) => databases[service];

    /// <summary>Of a service's own database, its password included.</summary>
    public async Task<string> ConnectionStringAsync(string service) =>
        await app.GetConnectionStringAsync(service + "db") ?? throw new InvalidOperationException($"The database of {service} has no address.");

    /// <param name="settings">Environment variables of single services, over what the model says.</param>
    /// <param name="change">Anything else to be changed in the model.</param>
    public static async Task<RunningSystem> StartAsync(
        IEnumerable<(string Service, string Name, string Value)> settings, Action<IDistributedApplicationTestingBuilder>? change = null)
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Marathon_AppHost>(deadline.Token);
        // The services' credential, as one that is known here.
        var serviceKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        foreach (var service in Services.Append("gateway"))
            builder.CreateResourceBuilder<ProjectResource>(service).WithEnvironment("Services__Key", serviceKey);
        foreach (var (service, name, value) in settings) builder.CreateResourceBuilder<ProjectResource>(service).WithEnvironment(name, value);
        change?.Invoke(builder);
#if ASPIRE
        // Nothing of an earlier run, and nothing of the developer's own.
        foreach (var resource in builder.Resources)
            foreach (var volume in resource.Annotations.OfType<ContainerMountAnnotation>().Where(mount => mount.Type == ContainerMountType.Volume).ToArray())
                resource.Annotations.Remove(volume);
#endif
        var system = new RunningSystem(await builder.BuildAsync(deadline.Token), serviceKey);
        try
        {
            await system.app.StartAsync(deadline.Token);
            foreach (var service in Services.Append("gateway")) await system.app.ResourceNotifications.WaitForResourceHealthyAsync(service, deadline.Token);
            foreach (var service in Services)
                system.databases[service] = NpgsqlDataSource.Create(await system.ConnectionStringAsync(service));
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls a service as the gateway does, for whoever has logged in; of several replicas one.</summary>
    public HttpClient Client(string service)
    {
        var client = app.CreateHttpClient(service, "http");
        client.DefaultRequestHeaders.Add("X-Marathon-Service-Key", serviceKey);
        return client;
    }

    /// <summary>A race of one division, scheduled and opened by an organiser; returns when registrations are taken.</summary>
    /// <param name="daysAhead">When it is run.</param>
    /// <param name="refunds">At least so many days before it, so many percent come back; null: the usual policy.</param>
    /// <param name="fee">In won.</param>
    public async Task<(Guid RaceId, Guid DivisionId)> OpenRaceAsync(
        string name, int capacity, bool allowsDuplicates = false, int daysAhead = 100, IEnumerable<(int DaysBefore, int Percent)>? refunds = null, int fee = 20_000)
    {
        var (id, division) = await ScheduleRaceAsync(name, capacity, DateTimeOffset.UtcNow.AddDays(0.1 * daysAhead), allowsDuplicates, daysAhead, refunds, fee);
        using var organiser = Client("registration");
        using var opened = await organiser.PostAsync(new Uri($"/races/{id}/open", UriKind.Relative), null);
        opened.EnsureSuccessStatusCode();
        using var visitor = app.CreateHttpClient("gateway", "http");
        await Eventually.TrueAsync(async () =>
        {
            using var seen = await visitor.GetAsync(new Uri($"/races/{id}", UriKind.Relative));
            return seen.IsSuccessStatusCode && (await seen.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString() == "OPEN";
        });
        return (id, division);
    }

    /// <summary>A race that opens by the clock.</summary>
    public async Task<(Guid RaceId, Guid DivisionId)> ScheduleRaceAsync(
        string name, int capacity, DateTimeOffset opensAt, bool allowsDuplicates = false, int daysAhead = 100, IEnumerable<(int DaysBefore, int Percent)>? refunds = null, int fee = 20_000)
    {
        var now = DateTimeOffset.UtcNow;
        using var organiser = Client("registration");
        using var scheduled = await organiser.PostAsJsonAsync("/races", new
        {
            name, place = "Seoul", date = Korea.DayOf(now).AddDays(daysAhead), allowsDuplicates, refundTiers = refunds?.Select(tier => new { tier.DaysBefore, tier.Percent }),
            opensAt, closesAt = now.AddDays(0.9 * daysAhead),
            divisions = new[] { new { name = "10 km", fee, capacity, topSizes = TopSizes, bottomSizes = BottomSizes } },
        });
        var race = await scheduled.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return (race.GetProperty("raceId").GetGuid(), race.GetProperty("divisions")[0].GetProperty("divisionId").GetGuid());
    }

    /// <summary>The processes that run now, by the names of their resources, replicas numbered.</summary>
    public IReadOnlyDictionary<string, int> Processes
    {
        get
        {
            var processes = new Dictionary<string, int>();
            foreach (var resource in app.Services.GetRequiredService<DistributedApplicationModel>().Resources)
                foreach (var id in IdsOf(resource))
                    if (app.ResourceNotifications.TryGetCurrentState(id, out var now)
                        && now.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } pid)
                        processes[id] = Convert.ToInt32(pid, CultureInfo.InvariantCulture);
            return processes;
        }
    }

    /// <summary>A service's events that no relay has sent yet.</summary>
    public async Task<long> UnsentAsync(string service) => await NumberAsync(service, """
        SELECT count(*) FROM outbox JOIN outbox_cursor USING (shard) WHERE xid >= pg_snapshot_xmin(snap) AND NOT pg_visible_in_snapshot(xid, snap)
        """);

    /// <summary>A single number out of a service's database.</summary>
    public async Task<long> NumberAsync(string service, string sql, params object[] parameters) =>
        long.Parse((await databases[service].RowsAsync(sql, parameters))[0], CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var database in databases.Values) await database.DisposeAsync();
        await app.DisposeAsync();
    }

    /// <summary>As the local host numbers replicas.</summary>
    private static IEnumerable<string> IdsOf(IResource resource) => resource.GetReplicaCount() is > 1 and var count
        ? Enumerable.Range(1, count).Select(number => $"{resource.Name}-{number}") : [resource.Name];
}
