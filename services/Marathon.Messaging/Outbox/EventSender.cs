using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>A row of the outbox.</summary>
internal readonly record struct StoredEvent(
    string Stream, Guid AggregateId, int Version, string Type, byte[] Payload, string? TraceParent, DateTimeOffset OccurredAt);

/// <summary>
/// An idempotent producer and the acknowledgements still owed to it. CloudEvents 1.0 in Kafka's binary mode:
/// the attributes are headers, the payload is the message (CloudEvents Kafka protocol binding, section 3.2).
/// </summary>
internal sealed class EventSender : IDisposable
{
    private static readonly byte[] SpecVersion = "1.0"u8.ToArray(), ContentType = "application/json"u8.ToArray();

    private readonly IProducer<string, byte[]> producer;
    private readonly byte[] source;
    private readonly Action<DeliveryReport<string, byte[]>> onReport;
    private readonly SemaphoreSlim reported = new(0);
    private readonly ConcurrentDictionary<TopicPartition, long> ends = new();
    private long owed;
    private volatile Error? failure;

    public EventSender(KafkaConnection kafka, string source, ILogger logger)
    {
        this.source = Encoding.UTF8.GetBytes("/marathon/" + source);
        onReport = OnReport;
        producer = new ProducerBuilder<string, byte[]>(kafka.Producer())
            .SetErrorHandler((_, error) =>
            {
                Disturbed = true;
                if (error.IsFatal) failure = error;
            })
            .SetLogHandler((_, line) => logger.LogDebug("{Message}", line.Message))
            .Build();
    }

    /// <summary>A connection was lost since this was last reset: the broker behind it may be another one now.</summary>
    public bool Disturbed { get; set; }

    public Handle Handle => producer.Handle;

    public async Task SendAsync(StoredEvent stored, CancellationToken cancellationToken)
    {
        var message = new Message<string, byte[]>
        {
            Key = stored.AggregateId.ToString(),
            Value = stored.Payload,
            Headers =
            [
                new Header("ce_specversion", SpecVersion),
                // The same fact has the same id however often it is sent.
                new Header("ce_id", Encoding.UTF8.GetBytes($"{stored.Stream}/{stored.AggregateId}/{stored.Version}")),
                new Header("ce_type", Encoding.UTF8.GetBytes(stored.Type)),
                new Header("ce_source", source),
                new Header("ce_time", Encoding.UTF8.GetBytes(stored.OccurredAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))),
                new Header("ce_subject", Encoding.UTF8.GetBytes(stored.AggregateId.ToString())),
                new Header("ce_sequence", Encoding.UTF8.GetBytes(stored.Version.ToString(CultureInfo.InvariantCulture))),
                new Header("content-type", ContentType),
            ],
        };
        if (stored.TraceParent is not null) message.Headers.Add("traceparent", Encoding.UTF8.GetBytes(stored.TraceParent));

        while (true)
        {
            ThrowIfFailed();
            try
            {
                Interlocked.Increment(ref owed);
                producer.Produce(EventCatalog.Topic(stored.Stream), message, onReport);
                return;
            }
            catch (ProduceException<string, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                Interlocked.Decrement(ref owed);
                await reported.WaitAsync(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
        }
    }

    /// <summary>Returns when the broker has acknowledged everything; throws when it did not.</summary>
    public async Task AcknowledgedAsync(CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref owed) > 0)
        {
            ThrowIfFailed();
            await reported.WaitAsync(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
        ThrowIfFailed();
    }

    /// <summary>The offset after the last acknowledged message, of every partition written to since this was last asked.</summary>
    public IReadOnlyDictionary<TopicPartition, long> TakeEnds()
    {
        var taken = new Dictionary<TopicPartition, long>();
        foreach (var partition in ends.Keys)
            if (ends.TryRemove(partition, out var end)) taken[partition] = end;
        return taken;
    }

    public void Dispose()
    {
        producer.Dispose();
        reported.Dispose();
    }

    private void OnReport(DeliveryReport<string, byte[]> report)
    {
        if (report.Error.IsError) failure = report.Error;
        else ends.AddOrUpdate(report.TopicPartition, report.Offset + 1, (_, before) => Math.Max(before, report.Offset + 1));
        if (Interlocked.Decrement(ref owed) == 0 || reported.CurrentCount == 0) reported.Release();
    }

    private void ThrowIfFailed()
    {
        if (failure is { } error) throw new KafkaException(error);
    }
}
