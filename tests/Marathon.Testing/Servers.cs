using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Marathon.Testing;

/// <summary>A real PostgreSQL and a real broker for the tests of one project; each test takes a database of its own.</summary>
public sealed class Servers : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private DistributedApplication? app;
    private string connectionString = "";

    /// <summary>The broker's address.</summary>
    public string Kafka { get; private set; } = "";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddPostgres("postgres").AddDatabase("tests");
        builder.AddKafka("kafka");
        app = await builder.BuildAsync();
        await app.StartAsync();
        using var deadline = new CancellationTokenSource(Patience);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("tests", deadline.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("kafka", deadline.Token);
        connectionString = await app.GetConnectionStringAsync("tests", deadline.Token) ?? throw new InvalidOperationException("The test database has no address.");
        Kafka = await app.GetConnectionStringAsync("kafka", deadline.Token) ?? throw new InvalidOperationException("The broker has no address.");
    }

    /// <summary>A new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        await using var server = NpgsqlDataSource.Create(connectionString);
        await using var create = server.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 20, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 5 }.ConnectionString;
    }

    /// <summary>
    /// A service on <paramref name="database"/>, started. Its consumer group is the database's own: services on different databases do not share the
    /// work, and several on one are replicas.
    /// </summary>
    /// <param name="service">Its name, as the AppHost calls it.</param>
    /// <param name="database">Of <see cref="CreateDatabaseAsync"/>.</param>
    /// <param name="settings">More configuration.</param>
    /// <param name="configure">What the test replaces.</param>
    public ServiceHost<TProgram> Start<TProgram>(
        string service, string database, IEnumerable<(string Key, string Value)>? settings = null, Action<IServiceCollection>? configure = null) where TProgram : class
    {
        var all = new Dictionary<string, string>
        {
            [$"ConnectionStrings:{service}db"] = database,
            ["ConnectionStrings:kafka"] = Kafka,
            ["Messaging:Source"] = $"{service}-{new NpgsqlConnectionStringBuilder(database).Database}",
            ["Messaging:RetryDelay"] = "00:00:00.100",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in settings ?? []) all[key] = value;
        var host = new ServiceHost<TProgram>(all, configure);
        host.StartServer();
        return host;
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (app is not null) await app.DisposeAsync();
    }
}
