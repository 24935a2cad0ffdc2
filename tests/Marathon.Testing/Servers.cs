using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Marathon.Testing;

/// <summary>
/// A real PostgreSQL and a real broker for the tests of a class; each test takes a database of its own. The broker is the one at
/// <c>KAFKA_BOOTSTRAP</c>, if that is set; else one of ours, which is Apache Kafka where <c>KAFKA_HOME</c> is set.
/// </summary>
public sealed class Servers : IAsyncLifetime
{
    /// <summary>The name of the database server, for <see cref="KillAsync"/> and the like.</summary>
    public const string PostgresName = "postgres";

    /// <summary>The name of the broker.</summary>
    public const string KafkaName = "kafka";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string? GivenKafka = Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP") is { Length: > 0 } given ? given : null;

    private readonly ConcurrentDictionary<Assembly, Lazy<Task<string>>> templates = [];
    private DistributedApplication? app;
    private EventSource? others;
    private string connectionString = "";

    /// <summary>
    /// Whether a commit waits for the disk, and tables are tidied up. In tests processes are killed, the machine is not: what the server has handed to it is there again;
    /// and a database for each test, dead after some seconds, is not worth a visit each minute. Who measures has both.
    /// </summary>
    public bool IsDurable { get; init; }

    /// <summary>The broker's address.</summary>
    public string Kafka { get; private set; } = "";

    /// <summary>The other services, whichever is tested.</summary>
    public EventSource Others => others ??= new EventSource(Kafka);

    /// <summary>Whether the broker is ours to kill.</summary>
    public static bool OwnsKafka => GivenKafka is null;

    /// <summary>Whether it is the embedded one, which forgets everything when it dies and can be told to fail.</summary>
    public static bool IsKafkaEmbedded => OwnsKafka && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KAFKA_HOME"));

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var postgres = builder.AddPostgres(PostgresName);
        if (!IsDurable)
            postgres.WithArgs([.. ((string[])["fsync=off", "full_page_writes=off", "autovacuum=off", "jit=off", "shared_buffers=64MB", "max_logical_replication_workers=0"])
                .SelectMany(setting => new[] { "-c", setting })]);
        postgres.AddDatabase("tests");
        if (OwnsKafka) builder.AddKafka(KafkaName);
        app = await builder.BuildAsync();
        await app.StartAsync();
        using var deadline = new CancellationTokenSource(Patience);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("tests", deadline.Token);
        if (OwnsKafka) await app.ResourceNotifications.WaitForResourceHealthyAsync(KafkaName, deadline.Token);
        connectionString = await app.GetConnectionStringAsync("tests", deadline.Token) ?? throw new InvalidOperationException("The test database has no address.");
        Kafka = GivenKafka ?? await app.GetConnectionStringAsync(KafkaName, deadline.Token) ?? throw new InvalidOperationException("The broker has no address.");
    }

    /// <summary>A new, empty database.</summary>
    public Task<string> CreateDatabaseAsync() => CopyDatabaseAsync("template1");

    /// <summary>A new database with everything in it that the service would begin with: quicker than an empty one that it migrates.</summary>
    /// <typeparam name="TProgram">A type of the service's assembly.</typeparam>
    public async Task<string> CreateDatabaseAsync<TProgram>() => await CopyDatabaseAsync(await templates.GetOrAdd(typeof(TProgram).Assembly, service => new(() => MakeTemplateAsync(service))).Value);

    private async Task<string> CopyDatabaseAsync(string template)
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await server.OpenAsync();
        // Files that are copied, and not written through the log: a third of the time where they are in memory.
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy", server);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 20, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 5 }.ConnectionString;
    }

    /// <summary>The name of a database that the service's migrations have been applied to. Nobody may be connected to what is copied.</summary>
    private async Task<string> MakeTemplateAsync(Assembly service)
    {
        var database = new NpgsqlConnectionStringBuilder(await CopyDatabaseAsync("template1")) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, [new(service), new(typeof(Outbox).Assembly)], NullLogger<Migrator>.Instance).StartAsync(CancellationToken.None);
        await new OutboxMonths(source, new MessagingOptions { Source = "" }, TimeProvider.System, NullLogger<OutboxMonths>.Instance).TendAsync(CancellationToken.None);
        return database.Database!;
    }

    /// <summary>
    /// A service on <paramref name="database"/>, started. Its consumer group is the database's own: services on different databases do not share the
    /// work, and several on one are replicas.
    /// </summary>
    /// <param name="service">Its name, as the AppHost calls it.</param>
    /// <param name="database">Of <see cref="CreateDatabaseAsync"/>.</param>
    /// <param name="settings">More configuration.</param>
    /// <param name="configure">What the test replaces.</param>
    /// <param name="onKestrel">Whether it is called over the network, where a body can be too large.</param>
    public ServiceHost<TProgram> Start<TProgram>(
        string service, string database, IEnumerable<(string Key, string Value)>? settings = null, Action<IServiceCollection>? configure = null, bool onKestrel = false) where TProgram : class
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
        if (onKestrel) host.UseKestrel(0);
        host.StartServer();
        return host;
    }

    /// <summary>SIGKILL, where the server is a process; returns when it is up again.</summary>
    public async Task KillAsync(string server)
    {
        if (PidOf(server) is not { } before)
        {
            await CommandAsync(server, "resource-restart");
            return;
        }
        using (var process = Process.GetProcessById(before)) process.Kill();
        await HealthyAsync(server, change => PidOf(change) != before);
    }

    /// <summary>Stops the server, which stays stopped until <see cref="StartAsync"/>.</summary>
    public Task StopAsync(string server) => CommandAsync(server, "resource-stop");

    /// <summary>Starts a server that was stopped; returns when it is up.</summary>
    public async Task StartAsync(string server)
    {
        var before = PidOf(server);
        await CommandAsync(server, "resource-start");
        await HealthyAsync(server, change => before is null || PidOf(change) != before);
    }

    private async Task CommandAsync(string server, string command)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var result = await app!.ResourceCommands.ExecuteCommandAsync(server, command, deadline.Token);
        Assert.True(result.Success, result.ErrorMessage);
    }

    private async Task HealthyAsync(string server, Func<ResourceEvent, bool> isNew)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await app!.ResourceNotifications.WaitForResourceAsync(
            server, change => change.Snapshot.HealthStatus == HealthStatus.Healthy && isNew(change), deadline.Token);
    }

    private int? PidOf(string server) => app!.ResourceNotifications.TryGetCurrentState(server, out var now) ? PidOf(now) : null;

    private static int? PidOf(ResourceEvent change) =>
        change.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value as int?;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        others?.Dispose();
        NpgsqlConnection.ClearAllPools();
        if (app is not null) await app.DisposeAsync();
    }
}
