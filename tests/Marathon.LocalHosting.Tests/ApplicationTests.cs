using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Marathon.LocalHosting.Tests;

/// <summary>The test application, by its own entry point, under the testing builder with real processes.</summary>
public sealed class RunningApplication : IAsyncLifetime
{
    private string folder = "";

    public DistributedApplication App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<TestApp.TestProject>(deadline.Token);
        folder = ((DataFolder)builder.Services.Single(service => service.ServiceType == typeof(DataFolder)).ImplementationInstance!).FullPath;
        builder.CreateResourceBuilder<ProjectResource>("twice").WithEnvironment("ADDED", "by the test");
        var single = builder.CreateResourceBuilder<ProjectResource>("single");
        single.WithCommand("kill", "Kill", context =>
        {
            using var process = Process.GetProcessById(ApplicationTests.PidOf(context.ServiceProvider.GetRequiredService<ResourceNotificationService>(), context.ResourceName));
            process.Kill();
            return Task.FromResult(CommandResults.Success());
        });
        App = await builder.BuildAsync(deadline.Token);
        await App.StartAsync(deadline.Token);
        await App.ResourceNotifications.WaitForDependenciesAsync(AllOf("single", "twice"), deadline.Token);
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }

    private ContainerResource AllOf(params string[] names)
    {
        var all = new ContainerResource("all");
        foreach (var resource in App.Services.GetRequiredService<DistributedApplicationModel>().Resources.Where(r => names.Contains(r.Name)))
            all.Annotations.Add(new WaitAnnotation(resource, WaitType.WaitUntilHealthy));
        return all;
    }
}

/// <summary>What becomes of its processes. Each test leaves them all well.</summary>
public sealed class ApplicationTests(RunningApplication running) : IClassFixture<RunningApplication>, IDisposable
{
    private readonly CancellationTokenSource deadline = new(TimeSpan.FromSeconds(90));
    private readonly DistributedApplication app = running.App;

    public void Dispose() => deadline.Dispose();

    [Fact]
    public async Task Application_StartsServersAndHandsOutTheirAddresses()
    {
        await using var connection = new NpgsqlConnection(await app.GetConnectionStringAsync("things-db"));
        await connection.OpenAsync(deadline.Token);
        Assert.Equal("things", connection.Database);

        using var single = app.CreateHttpClient("single");
        using var twice = app.CreateHttpClient("twice");
        Assert.Equal("well", await single.GetStringAsync("/health"));
        Assert.Equal(single.BaseAddress!.ToString().TrimEnd('/'), await twice.GetStringAsync("/environment/services__single__http__0"));
        Assert.Equal(await app.GetConnectionStringAsync("kafka"), await twice.GetStringAsync("/environment/ConnectionStrings__kafka"));
        Assert.Equal(await app.GetConnectionStringAsync("things-db"), await twice.GetStringAsync("/environment/ConnectionStrings__things-db"));
        Assert.Equal("by the test", await twice.GetStringAsync("/environment/ADDED"));
        Assert.Equal(40, (await twice.GetStringAsync("/environment/KEY")).Length);
        Assert.NotEqual(PidOf("twice-1"), PidOf("twice-2"));
    }

    [Fact]
    public async Task KilledService_ComesBackAtTheSameAddress()
    {
        var before = PidOf("single");
        var result = await app.ResourceCommands.ExecuteCommandAsync("single", "kill", deadline.Token);
        Assert.True(result.Success, result.ErrorMessage);
        await HealthyWithAnotherPidAsync("single", before);
        using var client = app.CreateHttpClient("single");
        Assert.Equal("well", await client.GetStringAsync("/health"));
    }

    [Fact]
    public async Task HangingService_IsKilledAndStartedAgain()
    {
        using var client = app.CreateHttpClient("single");
        var before = PidOf("single");
        (await client.PostAsync(new Uri("/hang", UriKind.Relative), null)).EnsureSuccessStatusCode();
        await HealthyWithAnotherPidAsync("single", before);
    }

    [Fact]
    public async Task StoppedService_StaysStoppedUntilStarted()
    {
        await app.ResourceCommands.ExecuteCommandAsync("single", KnownResourceCommands.StopCommand, deadline.Token);
        Assert.True(app.ResourceNotifications.TryGetCurrentState("single", out var stopped));
        Assert.Equal(KnownResourceStates.Exited, stopped.Snapshot.State?.Text);
        Assert.Equal(0, stopped.Snapshot.ExitCode);

        await app.ResourceCommands.ExecuteCommandAsync("single", KnownResourceCommands.StartCommand, deadline.Token);
        await HealthyWithAnotherPidAsync("single", PidOf(stopped));
    }

    [Fact]
    public async Task RestartedReplicas_AreAllNew()
    {
        var before = new[] { PidOf("twice-1"), PidOf("twice-2") };
        var twice = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == "twice");
        var result = await app.ResourceCommands.ExecuteCommandAsync(twice, KnownResourceCommands.RestartCommand, deadline.Token);
        Assert.True(result.Success, result.ErrorMessage);
        await Eventually.HoldsAsync(
            () => IsHealthy("twice-1") && IsHealthy("twice-2") && !before.Contains(PidOf("twice-1")) && !before.Contains(PidOf("twice-2")),
            "both replicas new and healthy");
    }

    [Fact]
    public async Task KilledPostgres_ComesBackWithItsData()
    {
        await using (var connection = new NpgsqlConnection(await app.GetConnectionStringAsync("things-db") + ";Pooling=false"))
        {
            await connection.OpenAsync(deadline.Token);
            await using var write = new NpgsqlCommand("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)", connection);
            await write.ExecuteNonQueryAsync(deadline.Token);
        }
        var before = PidOf("postgres");
        using (var process = Process.GetProcessById(before)) process.Kill();
        await HealthyWithAnotherPidAsync("postgres", before);
        await using var again = new NpgsqlConnection(await app.GetConnectionStringAsync("things-db") + ";Pooling=false");
        await again.OpenAsync(deadline.Token);
        await using var read = new NpgsqlCommand("SELECT n FROM kept", again);
        Assert.Equal(42, await read.ExecuteScalarAsync(deadline.Token));
    }

    private async Task HealthyWithAnotherPidAsync(string name, int before) => await app.ResourceNotifications.WaitForResourceAsync(
        name, change => change.Snapshot.HealthStatus == HealthStatus.Healthy && PidOf(change) != before, deadline.Token);

    private bool IsHealthy(string id) =>
        app.ResourceNotifications.TryGetCurrentState(id, out var now) && now.Snapshot.HealthStatus == HealthStatus.Healthy;

    private int PidOf(string id) => PidOf(app.ResourceNotifications, id);

    internal static int PidOf(ResourceNotificationService notifications, string id) =>
        notifications.TryGetCurrentState(id, out var now) ? PidOf(now) : throw new InvalidOperationException($"{id} is not there");

    private static int PidOf(ResourceEvent change) =>
        (int)change.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value!;
}
