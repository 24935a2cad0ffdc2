using Confluent.Kafka;
using Marathon.ServiceDefaults.Local;

namespace Marathon.LocalBroker;

/// <summary>The mock cluster of librdkafka: one broker, in memory, for the life of the process.</summary>
internal sealed class MockCluster
{
    /// <summary>How long a group waits for more members at its first rebalance; the mock's own 3 s would delay every start.</summary>
    private const int InitialRebalanceDelayMs = 200;

    private MockCluster(int port) => Port = port;

    /// <summary>Where the broker listens, on the loopback address.</summary>
    public int Port { get; }

    /// <param name="topics">Made at once.</param>
    /// <param name="partitions">Of each topic.</param>
    /// <param name="life">
    /// How often a broker at this address has died before; it gives the broker's id. Clients hold on to the address of a group coordinator whose
    /// id has not changed, and would go on asking where nobody listens any more.
    /// </param>
    /// <exception cref="InvalidOperationException">librdkafka refused; the message says why.</exception>
    public static MockCluster Start(IReadOnlyList<string> topics, int partitions, int life)
    {
        Librdkafka.Load();
        var cluster = MockApi.NewCluster(brokers: 1);
        var broker = 1 + life;
        if (life > 0) MockApi.AddBroker(cluster, broker);
        var port = PortOf(broker, MockApi.Bootstraps(cluster));
        if (life > 0) MockApi.RemoveBroker(cluster, 1);
        MockApi.SetInitialRebalanceDelay(cluster, InitialRebalanceDelayMs);
        // Without one, clients wait for a controller when they ask for the cluster's id.
        MockApi.SetController(cluster, broker);
        foreach (var topic in topics)
            MockApi.CreateTopic(cluster, topic, partitions);
        return new MockCluster(port);
    }

    private static int PortOf(int broker, string bootstrap)
    {
        using var client = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        return client.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single(known => known.BrokerId == broker).Port;
    }
}
