using Marathon.Testing;

namespace Marathon.Dashboard.Tests;

/// <summary>Each test has a dashboard of its own, and the events of the other services for it to hear of.</summary>
public abstract class DashboardTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private protected readonly EventSource others = servers.Others;
    private protected Servers Servers { get; } = servers;
    private protected DashboardService dashboard = null!;
    private string database = "";

    public virtual async Task InitializeAsync()
    {
        database = await Servers.CreateDatabaseAsync<Program>();
        dashboard = StartReplica();
    }

    public Task DisposeAsync() => dashboard.DisposeAsync().AsTask();

    /// <summary>One more on the same database.</summary>
    private protected DashboardService StartReplica() => DashboardService.Start(Servers, database);
}
