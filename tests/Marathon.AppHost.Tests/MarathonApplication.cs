using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Marathon.AppHost.Tests;

/// <summary>The whole system as its application model describes it, started once for all tests. Each resource can be killed.</summary>
public sealed class MarathonApplication : IAsyncLifetime
{
    private const string Kill = "kill";
    private static readonly string[] Services = ["payment", "registration", "fulfilment", "notification", "dashboard", "gateway"];
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2), BackDeadline = TimeSpan.FromSeconds(60);

    private DistributedApplication app = null!;

    /// <summary>What the outside can reach.</summary>
    internal Visitor Visitor { get; private set; } = null!;

    /// <summary>What is stored.</summary>
    internal Books Books { get; private set; } = null!;

    /// <summary>The services' databases, by their names.</summary>
    internal IReadOnlyDictionary<string, NpgsqlDataSource> Databases { get; private set; } = new Dictionary<string, NpgsqlDataSource>();

    public async Task InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Marathon_AppHost>(["--Parameters:accounts=" + Staff.Accounts], deadline.Token);
        builder.CreateResourceBuilder<ProjectResource>("fulfilment").WithEnvironment("Fulfilment__DispatchAfter", "00:00:04").WithEnvironment("Fulfilment__Carrier__TransitTime", "00:00:04")
            .WithEnvironment("Fulfilment__OpeningStock", "0");
        // Slow enough that a process can be killed between a charge and its confirmation.
        builder.CreateResourceBuilder<ProjectResource>("payment").WithEnvironment("Payment__Simulated__Latency", "10-150");
        foreach (var resource in builder.Resources.ToArray())
            builder.CreateResourceBuilder(resource).WithCommand(Kill, "Kill", KillAsync, new CommandOptions());
#if ASPIRE
        // Nothing of an earlier run, and nothing of the developer's own.
        foreach (var resource in builder.Resources)
            foreach (var volume in resource.Annotations.OfType<ContainerMountAnnotation>().Where(mount => mount.Type == ContainerMountType.Volume).ToArray())
                resource.Annotations.Remove(volume);
#endif
        app = await builder.BuildAsync(deadline.Token);
        await app.StartAsync(deadline.Token);
        foreach (var service in Services) await app.ResourceNotifications.WaitForResourceHealthyAsync(service, deadline.Token);
        Visitor = new Visitor(CreateHttpClient("gateway"));
        var databases = new Dictionary<string, NpgsqlDataSource>();
        foreach (var service in Services.Where(service => service != "gateway")) databases.Add(service, NpgsqlDataSource.Create(await ConnectionStringAsync(service + "db")));
        Databases = databases;
        await StockAsync();
        Books = new Books(await ConnectionStringAsync("registrationdb"), await ConnectionStringAsync("paymentdb"));
    }

    public async Task DisposeAsync()
    {
        if (Books is not null) await Books.DisposeAsync();
        foreach (var database in Databases.Values) await database.DisposeAsync();
        if (app is not null) await app.DisposeAsync();
    }

    /// <summary>The organiser has shirts and shorts for the race that is there from the beginning.</summary>
    private async Task StockAsync()
    {
        var organiser = await Eventually.GetAsync(() => Visitor.TokenAsync(Staff.Organiser));
        var race = (await Visitor.GetAsync("/races")).Body.GetProperty("items")[0];
        var raceId = race.GetProperty("raceId").GetGuid();
        foreach (var (item, chart) in new[] { ("TOP", "topSizes"), ("BOTTOM", "bottomSizes") })
            foreach (var size in race.GetProperty("divisions")[0].GetProperty(chart).EnumerateArray())
                await Eventually.GetAsync(async () =>
                {
                    var moved = await Visitor.SendAsync(HttpMethod.Post, "/stock/movements", Visitor.Json(new { raceId, item, size = size.GetString(), kind = "RECEIVED", quantity = 10_000, note = "for the tests" }), organiser);
                    Assert.True(moved.Status == System.Net.HttpStatusCode.OK, $"{(int)moved.Status} {moved.Text}");
                    return moved;
                });
    }

    /// <summary>Past the gateway.</summary>
    internal HttpClient CreateHttpClient(string resource)
    {
        var http = app.CreateHttpClient(resource, "http");
        // An answer that takes longer is a request that hangs: the test fails with it.
        http.Timeout = TimeSpan.FromSeconds(10);
        return http;
    }

    /// <summary>SIGKILL, then waits until it is back by itself, healthy.</summary>
    internal async Task KillAndWaitUntilBackAsync(string name)
    {
        var before = Now(name).StartTimeStamp;
        await CommandAsync(name, Kill);
        using var deadline = new CancellationTokenSource(BackDeadline);
#if ASPIRE
        // Aspire leaves what has ended to the developer; in production, as on the local host, something starts it again.
        await app.ResourceNotifications.WaitForResourceAsync(name, KnownResourceStates.TerminalStates, deadline.Token);
        await CommandAsync(name, KnownResourceCommands.StartCommand);
#endif
        await app.ResourceNotifications.WaitForResourceAsync(
            name, change => change.Snapshot.HealthStatus == HealthStatus.Healthy && change.Snapshot.StartTimeStamp != before, deadline.Token);
    }

    /// <summary>An orderly stop; it stays away until it is started.</summary>
    internal Task StopAsync(string name) => CommandAsync(name, KnownResourceCommands.StopCommand);

    /// <summary>Starts what was stopped and waits until it is healthy.</summary>
    internal async Task StartAsync(string name)
    {
        await CommandAsync(name, KnownResourceCommands.StartCommand);
        using var deadline = new CancellationTokenSource(BackDeadline);
        await app.ResourceNotifications.WaitForResourceAsync(name, change => change.Snapshot.HealthStatus == HealthStatus.Healthy, deadline.Token);
    }

    private async Task<string> ConnectionStringAsync(string database) =>
        await app.GetConnectionStringAsync(database) ?? throw new InvalidOperationException($"{database} has no address.");

    private CustomResourceSnapshot Now(string name) =>
        app.ResourceNotifications.TryGetCurrentState(name, out var now) ? now.Snapshot : throw new InvalidOperationException($"There is no {name}.");

    private async Task CommandAsync(string name, string command)
    {
        var result = await app.ResourceCommands.ExecuteCommandAsync(name, command);
        Assert.True(result.Success, result.ErrorMessage);
    }

    private static async Task<ExecuteCommandResult> KillAsync(ExecuteCommandContext context)
    {
        var notifications = context.ServiceProvider.GetRequiredService<ResourceNotificationService>();
        if (!notifications.TryGetCurrentState(context.ResourceName, out var now)) return CommandResults.Failure("It is not there.");
        object? Property(string name) => now.Snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value;
        if (Property("executable.pid") is { } pid)
        {
            using var process = Process.GetProcessById(Convert.ToInt32(pid, CultureInfo.InvariantCulture));
            process.Kill(entireProcessTree: true);
        }
        else if (Property("container.id") is string container)
        {
            using var docker = Process.Start("docker", ["kill", container]);
            await docker.WaitForExitAsync(context.CancellationToken);
        }
        else
        {
            return CommandResults.Failure("It is not running.");
        }
        return CommandResults.Success();
    }
}

/// <summary>One application for all tests: a start takes longer than most of them.</summary>
[CollectionDefinition(Name)]
public sealed class WholeSystem : ICollectionFixture<MarathonApplication>
{
    public const string Name = "the whole system";
}
