using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Marathon.LocalHosting;
using Marathon.ServiceDefaults.Kafka;
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
        await using var broker = await PrivateBroker.StartAsync(errorEvery: TimeSpan.FromMilliseconds(200));
        await using var chain = await Chain.StartAsync(servers, output, new ChainOptions { Rate = 400, Kafka = broker.Address });
        await chain.WriteAsync(1600);
        await chain.CheckAsync();
    }

    /// <summary>A relay asks how far the logs go when it lost the broker. Waiting for the answer must not take the processor from those who register.</summary>
    [EmbeddedBrokerFact]
    public async Task Broker_WhenItIsGone_IsTriedAgainWithPauses()
    {
        // Finds the native library.
        await using var party = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        await using var broker = await PrivateBroker.StartAsync();
        var tried = 0L;
        var config = new KafkaConnection(broker.Address).Producer();
        config.StatisticsIntervalMs = 200;
        using var producer = new ProducerBuilder<string, byte[]>(config)
            .SetLogHandler((_, _) => { })
            .SetStatisticsHandler((_, told) => Interlocked.Exchange(ref tried, Connects(told)))
            .Build();
        var sent = await producer.ProduceAsync("marathon.payments", new Message<string, byte[]> { Key = "a", Value = [] });
        Assert.Equal(1, (await new Cluster(producer.Handle).EndsAsync([sent.TopicPartition], CancellationToken.None))[sent.TopicPartition]);

        await broker.DisposeAsync();
        var before = Interlocked.Read(ref tried);
        Assert.Empty(await new Cluster(producer.Handle).EndsAsync([sent.TopicPartition], CancellationToken.None));
        await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref tried) > before));

        // Five seconds, with pauses that grow to one: a dozen. Without them it was 65,000.
        Assert.InRange(Interlocked.Read(ref tried) - before, 1, 200);

        static long Connects(string statistics) =>
            JsonNode.Parse(statistics)!["brokers"]!.AsObject().Sum(known => known.Value!["connects"]!.GetValue<long>());
    }

    /// <summary>An embedded broker of its own; it can answer a request with an error every so often.</summary>
    private sealed class PrivateBroker : IAsyncDisposable
    {
        private const string Topics = "marathon.payments,marathon.deliveries,marathon.resends";
        private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly GuardedProcess process;

        private PrivateBroker(TimeSpan errorEvery)
        {
            Address = $"127.0.0.1:{Ports.Free()}";
            var program = typeof(Aspire.Hosting.DistributedApplication).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "marathon-broker").Value!;
            process = GuardedProcess.Start(
                new Launch(WorkerProgram.Dotnet, [program, "--port", Address.Split(':')[1], "--topics", Topics, "--partitions", "12", "--errors", errorEvery.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)],
                    new Dictionary<string, string>(), Path.GetDirectoryName(program)!),
                line =>
                {
                    if (line.StartsWith("listening", StringComparison.Ordinal)) listening.TrySetResult();
                });
        }

        public string Address { get; }

        /// <param name="errorEvery">Zero: never.</param>
        public static async Task<PrivateBroker> StartAsync(TimeSpan errorEvery = default)
        {
            var broker = new PrivateBroker(errorEvery);
            await broker.listening.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return broker;
        }

        public async ValueTask DisposeAsync() => await process.StopAsync(PosixSignalNumber.Kill, TimeSpan.FromSeconds(5));
    }
}
