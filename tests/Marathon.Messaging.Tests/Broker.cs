using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marathon.Messaging.Tests;

/// <summary>The broker's logs as they are, past the relay and the consumer. A <see cref="Party"/> must have been started: it finds the native library.</summary>
internal sealed class Broker : IDisposable
{
    private readonly KafkaConnection connection;
    private readonly Lazy<IProducer<string?, byte[]?>> producer;

    public Broker(string kafka)
    {
        connection = new KafkaConnection(kafka);
        producer = new(() => new ProducerBuilder<string?, byte[]?>(connection.Producer()).Build());
    }

    /// <summary>Every event of a stream that <paramref name="teller"/> sent, however often: within one aggregate in the order of the log.</summary>
    public ILookup<Guid, int> Sent(string stream, string teller) => Read(stream)
        .Where(message => Header(message, "ce_source") == "/marathon/" + teller)
        .ToLookup(message => Guid.Parse(message.Message.Key), message => int.Parse(Header(message, "ce_sequence"), CultureInfo.InvariantCulture));

    /// <summary>Events told by <paramref name="teller"/> that no outbox knows of.</summary>
    public async Task SendAsync(string teller, params IEnumerable<(IntegrationEvent Event, int Version)> events)
    {
        using var sender = new EventSender(connection, teller, NullLogger.Instance);
        foreach (var (told, version) in events)
            await sender.SendAsync(Stored(told, version), CancellationToken.None);
        await sender.AcknowledgedAsync(CancellationToken.None);
    }

    /// <summary>Any message.</summary>
    public async Task<TopicPartitionOffset> ProduceAsync(string stream, int partition, string? key, byte[]? value, params IEnumerable<(string Name, byte[]? Value)> headers)
    {
        var message = new Message<string?, byte[]?> { Key = key, Value = value, Headers = [] };
        foreach (var (name, text) in headers) message.Headers.Add(name, text);
        return (await producer.Value.ProduceAsync(new TopicPartition(EventCatalog.Topic(stream), partition), message)).TopicPartitionOffset;
    }

    /// <summary>Where the last event of an aggregate lies.</summary>
    public TopicPartitionOffset Where(string stream, Guid aggregateId) =>
        Read(stream).Last(message => message.Message.Key == aggregateId.ToString()).TopicPartitionOffset;

    /// <summary>
    /// Makes the log forget everything up to <paramref name="last"/>, whoever has not read it. After it come messages of <paramref name="teller"/>
    /// that nobody acts on, or malformed ones, if it is null.
    /// </summary>
    public async Task ForgetAsync(TopicPartitionOffset last, string? teller)
    {
        // The embedded broker keeps five megabytes of a partition; another one is told.
        var stream = EventCatalog.StreamOfTopic(last.Topic);
        for (var i = 0; i < 8; i++)
            await ProduceAsync(stream, last.Partition, Guid.CreateVersion7().ToString(), new byte[900_000],
                teller is null ? [] : Headers(teller, 1, $"marathon.{stream}.padding.v1"));
        using var consumer = Reader();
        if (consumer.QueryWatermarkOffsets(last.TopicPartition, TimeSpan.FromSeconds(10)).Low > last.Offset) return;
        using var admin = new AdminClientBuilder(connection.Client()).Build();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(last.TopicPartition, last.Offset + 1)]);
    }

    /// <summary>The headers of a well-formed event.</summary>
    public static IEnumerable<(string Name, byte[]? Value)> Headers(string teller, int version, string type) =>
    [
        ("ce_type", Bytes(type)), ("ce_source", Bytes("/marathon/" + teller)), ("ce_sequence", Bytes(version.ToString(CultureInfo.InvariantCulture))),
        ("ce_time", Bytes(DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture))),
    ];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        if (producer.IsValueCreated) producer.Value.Dispose();
    }

    private List<ConsumeResult<string, byte[]>> Read(string stream)
    {
        using var consumer = Reader();
        var read = new List<ConsumeResult<string, byte[]>>();
        var marks = PartitionsOf(stream).ToDictionary(partition => partition, partition => consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(10)));
        var left = marks.Where(log => log.Value.High > log.Value.Low).Select(log => log.Key).ToHashSet();
        consumer.Assign(left.Select(partition => new TopicPartitionOffset(partition, marks[partition].Low)));
        while (left.Count > 0 && consumer.Consume(TimeSpan.FromSeconds(10)) is { } message)
        {
            read.Add(message);
            if (message.Offset >= marks[message.TopicPartition].High - 1) left.Remove(message.TopicPartition);
        }
        return read;
    }

    private IConsumer<string, byte[]> Reader() => new ConsumerBuilder<string, byte[]>(connection.Consumer("reads-" + Guid.NewGuid())).Build();

    private List<TopicPartition> PartitionsOf(string stream)
    {
        using var admin = new AdminClientBuilder(connection.Client()).Build();
        return [.. admin.GetMetadata(EventCatalog.Topic(stream), TimeSpan.FromSeconds(10)).Topics.Single().Partitions
            .Select(partition => new TopicPartition(EventCatalog.Topic(stream), partition.PartitionId))];
    }

    private static string Header(ConsumeResult<string, byte[]> message, string name) =>
        message.Message.Headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : "";

    private static StoredEvent Stored(IntegrationEvent told, int version) => new(
        EventCatalog.Stream(told.GetType()), told.AggregateId, version, EventCatalog.Name(told.GetType()), EventCatalog.Serialize(told), TraceParent: null, DateTimeOffset.UtcNow);
}
