using Confluent.Kafka;

namespace Marathon.ServiceDefaults.Kafka;

/// <summary>
/// Where the broker is, and how its clients are configured. The clients themselves belong to Marathon.Messaging, which must replace a
/// producer after a fatal error and so cannot share one for the life of the process (docs/adr/0004).
/// </summary>
/// <param name="bootstrapServers">One or more <c>host:port</c>, separated by commas.</param>
/// <param name="sessionTimeout">After how much silence a consumer's partitions are given to others; ten seconds unless said otherwise.</param>
public sealed class KafkaConnection(string bootstrapServers, TimeSpan? sessionTimeout = null)
{
    private readonly TimeSpan session = sessionTimeout ?? TimeSpan.FromSeconds(10);

    /// <summary>An idempotent producer: every in-sync replica acknowledges, nothing is doubled or reordered within a partition.</summary>
    public ProducerConfig Producer() => Common(new ProducerConfig
    {
        EnableIdempotence = true,
        Acks = Acks.All,
        LingerMs = 2,
        MessageTimeoutMs = 30_000,
        QueueBufferingMaxMessages = 20_000,
        CompressionType = CompressionType.None,
    });

    /// <summary>A member of <paramref name="group"/> that reads every partition from the start unless told where to begin.</summary>
    public ConsumerConfig Consumer(string group) => Common(new ConsumerConfig
    {
        GroupId = group,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        EnableAutoOffsetStore = false,
        EnableAutoCommit = true,
        AutoCommitIntervalMs = 1000,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        SessionTimeoutMs = (int)session.TotalMilliseconds,
        HeartbeatIntervalMs = (int)session.TotalMilliseconds / 5,
        // Bounds the memory of a consumer with a long backlog.
        QueuedMaxMessagesKbytes = 8 * 1024,
        AllowAutoCreateTopics = true,
    });

    /// <summary>Settings of any client.</summary>
    public ClientConfig Client() => Common(new ClientConfig());

    private TConfig Common<TConfig>(TConfig config) where TConfig : ClientConfig
    {
        config.BootstrapServers = bootstrapServers;
        // A broker that comes back under another address, or as another cluster, is found again within seconds.
        config.ReconnectBackoffMaxMs = 1000;
        config.Set("metadata.recovery.rebootstrap.trigger.ms", "1000");
        config.SocketConnectionSetupTimeoutMs = 3000;
        // Connected to every broker, with a pause between attempts. With connections on demand, a call that waits for a broker that is down asks for
        // the next attempt at every failed one, at once: two cores are spent on that for as long as the call waits (librdkafka 2.15).
        config.Set("enable.sparse.connections", "false");
        config.LogConnectionClose = false;
        return config;
    }
}
