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

    public virtual Task DisposeAsync() => dashboard.DisposeAsync().AsTask();

    /// <summary>Where Registration is: nowhere, unless a test puts it there.</summary>
    private protected virtual string Registration => "http://127.0.0.1:1";

    /// <summary>One more on the same database.</summary>
    private protected DashboardService StartReplica() => DashboardService.Start(Servers, database, Registration);
}
