using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Marathon.Messaging;
using Marathon.ServiceDefaults;

namespace Marathon.Testing;

/// <summary>An event as it stands in the broker's log.</summary>
public sealed record LoggedEvent(string Stream, int Partition, long Offset, Guid AggregateId, int Version, string Type);

/// <summary>What the broker has, from the beginning of what it kept to the end.</summary>
/// <param name="Events">By partition, in the order of the log.</param>
/// <param name="Shortened">Partitions whose beginning the broker has dropped.</param>
public sealed record BrokerLog(IReadOnlyList<LoggedEvent> Events, IReadOnlySet<(string Stream, int Partition)> Shortened)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Reads these streams up to where they end now. Throws <see cref="TimeoutException"/> when the broker does not answer.</summary>
    public static BrokerLog Read(string kafka, params IEnumerable<string> streams)
    {
        Components.PrepareKafka();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka }).Build();
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = kafka, GroupId = "a-look", EnableAutoCommit = false, EnablePartitionEof = false, AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetLogHandler((_, _) => { }).Build();

        var ends = new Dictionary<TopicPartition, long>();
        var shortened = new HashSet<(string, int)>();
        var wanted = streams.ToDictionary(EventCatalog.Topic);
        foreach (var topic in admin.GetMetadata(Patience).Topics.Where(topic => wanted.ContainsKey(topic.Topic)))
            foreach (var partition in topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId)))
            {
                var watermarks = consumer.QueryWatermarkOffsets(partition, Patience);
                if (watermarks.Low > 0) shortened.Add((wanted[partition.Topic], partition.Partition));
                if (watermarks.High > watermarks.Low) ends[partition] = watermarks.High;
            }

        var events = new List<LoggedEvent>();
        consumer.Assign(ends.Keys.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        while (ends.Count > 0)
        {
            var read = consumer.Consume(Patience) ?? throw new TimeoutException("The broker does not send what it has.");
            events.Add(new LoggedEvent(
                wanted[read.Topic], read.Partition, read.Offset, Guid.Parse(read.Message.Key), int.Parse(Header(read, "ce_sequence"), CultureInfo.InvariantCulture), Header(read, "ce_type")));
            if (read.Offset + 1 >= ends.GetValueOrDefault(read.TopicPartition, long.MaxValue)) ends.Remove(read.TopicPartition);
        }
        return new BrokerLog([.. events.OrderBy(logged => (logged.Stream, logged.Partition, logged.Offset))], shortened);
    }

    private static string Header(ConsumeResult<string, byte[]> read, string name) => Encoding.UTF8.GetString(read.Message.Headers.GetLastBytes(name));
}
