using System.Globalization;
using System.Reflection;
using Marathon.LocalHosting;
using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

[CollectionDefinition(nameof(OutageServers))]
public sealed class OutageServersCollection : ICollectionFixture<OutageServers>;

/// <summary>Servers of their own: they are killed.</summary>
public sealed class OutageServers : IAsyncLifetime
{
    internal Servers Servers { get; } = new();

    public Task InitializeAsync() => Servers.InitializeAsync();

    public Task DisposeAsync() => Servers.DisposeAsync();
}

/// <summary>The servers die, forget, or answer wrongly, under load.</summary>
[Collection(nameof(OutageServers))]
public sealed class OutageTests(OutageServers outage, ITestOutputHelper output)
{
    private readonly Servers servers = outage.Servers;

    [OwnBrokerFact]
    public async Task Broker_WhenKilledUnderLoad_AndBackWithoutItsMemory_LosesNothing()
    {
        await using var chain = await Chain.StartAsync(servers, output, new ChainOptions { Rate = 400 });
        for (var time = 0; time < 2; time++)
        {
            await chain.WriteAsync(1200);
            await chain.ToldMoreAsync(300);
            await servers.KillAsync(Servers.KafkaName);
        }
        await chain.CheckAsync();
    }

    [Fact]
    public async Task Postgres_WhenKilledUnderLoad_LosesNothing()
    {
        await using var chain = await Chain.StartAsync(servers, output, new ChainOptions { Rate = 400 });
        for (var time = 0; time < 2; time++)
        {
            await chain.WriteAsync(1200);
            await chain.ToldMoreAsync(300);
            await servers.KillAsync(Servers.PostgresName);
            chain.Reconnect();
        }
        await chain.CheckAsync();
    }

    [EmbeddedBrokerFact]
    public async Task Broker_WhenItAnswersWithErrors_LosesNothing()
    {
        await using var broker = await FailingBroker.StartAsync();
        await using var chain = await Chain.StartAsync(servers, output, new ChainOptions { Rate = 400, Kafka = broker.Address });
        await chain.WriteAsync(1600);
        await chain.CheckAsync();
    }

    /// <summary>An embedded broker of which every fifth of a second another request fails.</summary>
    private sealed class FailingBroker : IAsyncDisposable
    {
        private const string Topics = "marathon.payments,marathon.deliveries,marathon.resends";
        private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly GuardedProcess process;

        private FailingBroker()
        {
            using (var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
            {
                free.Start();
                Address = free.LocalEndpoint.ToString()!;
            }
            var program = typeof(Aspire.Hosting.DistributedApplication).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "marathon-broker").Value!;
            process = GuardedProcess.Start(
                new Launch(WorkerProgram.Dotnet, [program, "--port", Address.Split(':')[1], "--topics", Topics, "--partitions", "12", "--errors", 200.ToString(CultureInfo.InvariantCulture)],
                    new Dictionary<string, string>(), Path.GetDirectoryName(program)!),
                line =>
                {
                    if (line.StartsWith("listening", StringComparison.Ordinal)) listening.TrySetResult();
                });
        }

        public string Address { get; }

        public static async Task<FailingBroker> StartAsync()
        {
            var broker = new FailingBroker();
            await broker.listening.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return broker;
        }

        public async ValueTask DisposeAsync() => await process.StopAsync(PosixSignalNumber.Kill, TimeSpan.FromSeconds(5));
    }
}
