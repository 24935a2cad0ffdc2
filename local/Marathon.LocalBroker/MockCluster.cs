using System.Globalization;

namespace Marathon.LocalBroker;

/// <summary>The mock cluster of librdkafka: one broker, in memory, for the life of the process.</summary>
internal sealed class MockCluster
{
    /// <summary>How long a group waits for more members at its first rebalance; the mock's own 3 s would delay every start.</summary>
    private const int InitialRebalanceDelayMs = 200;

    private readonly nint cluster;

    private MockCluster(nint cluster, int port) => (this.cluster, Port) = (cluster, port);

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
        var broker = 1 + life;
        var cluster = MockApi.NewCluster(brokers: broker);
        var port = int.Parse(MockApi.Bootstraps(cluster).Split(':')[^1], CultureInfo.InvariantCulture);
        for (var earlier = 1; earlier < broker; earlier++) MockApi.RemoveBroker(cluster, earlier);
        MockApi.SetInitialRebalanceDelay(cluster, InitialRebalanceDelayMs);
        // Without one, clients wait for a controller when they ask for the cluster's id.
        MockApi.SetController(cluster, broker);
        foreach (var topic in topics)
            MockApi.CreateTopic(cluster, topic, partitions);
        return new MockCluster(cluster, port);
    }

    /// <summary>From now on one request is answered wrongly every <paramref name="interval"/>, as a broker in trouble would: a test of the clients.</summary>
    public async Task FailAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval);
        while (await timer.WaitForNextTickAsync())
        {
            var (api, errors) = Errors[Random.Shared.Next(Errors.Length)];
            MockApi.PushError(cluster, api, errors[Random.Shared.Next(errors.Length)]);
        }
    }

    /// <summary>By API key, errors that Kafka says may be tried again (kafka.apache.org/protocol: "retriable"), and -195, a lost connection.</summary>
    private static readonly (short Api, int[] Errors)[] Errors =
    [
        (0, [6, 7, 19, 20, -195]), // Produce: not the leader, timed out, too few replicas before and after the append
        (1, [6, 56, -195]), // Fetch: not the leader, storage
        (2, [6, -195]), // ListOffsets
        (3, [-195]), // Metadata
        (8, [14, 16, -195]), // OffsetCommit: the coordinator is loading, is another one
        (10, [15]), // FindCoordinator: none available
        (11, [15, 16, -195]), // JoinGroup
        (12, [16, 27, -195]), // Heartbeat: the group is rebalancing
        (14, [15, 27, -195]), // SyncGroup
        (22, [14, -195]), // InitProducerId
    ];
}
