using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// A member of the service's consumer group. Takes what is there, up to a batch, applies it, and only then goes on: partitions are given up on the
/// consuming thread between two batches, never within one. Where to read on is kept in the service's database per cluster, so that a cluster that
/// lost everything is read from its start. A consumer belongs to one cluster: one that lived on through a broker's loss of memory would go on from
/// its old offset and pass over the beginning of the new log, so it is replaced.
/// </summary>
internal sealed class ConsumerHost(
    Handlers handlers, EventApplier applier, NpgsqlDataSource database, KafkaConnection kafka, MessagingOptions options, ILogger<ConsumerHost> logger)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => handlers.Streams.Count == 0
        ? Task.CompletedTask
        : Task.Factory.StartNew(() => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Consume(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning("The consumer starts over: {Reason}", exception.Message);
                cancellationToken.WaitHandle.WaitOne(options.RetryDelay);
            }
        }
    }

    private void Consume(CancellationToken cancellationToken)
    {
        string? clusterId = null;
        var disturbed = false;
        using var consumer = new ConsumerBuilder<string, byte[]>(kafka.Consumer(options.Source))
            .SetLogHandler((_, line) => logger.LogDebug("{Message}", line.Message))
            .SetErrorHandler((_, _) => disturbed = true)
            .SetPartitionsAssignedHandler((consumer, partitions) =>
            {
                clusterId = SameCluster(consumer, clusterId, cancellationToken);
                return Resume(clusterId, partitions);
            })
            .Build();
        consumer.Subscribe(handlers.Streams.Select(EventCatalog.Topic));
        try
        {
            var batch = new List<ConsumeResult<string, byte[]>>(options.BatchSize);
            var checkedAt = Environment.TickCount64;
            while (!cancellationToken.IsCancellationRequested)
            {
                Fill(batch, consumer);
                if (clusterId is not null && (disturbed || Environment.TickCount64 - checkedAt > options.ClusterCheckInterval.TotalMilliseconds))
                {
                    disturbed = false;
                    SameCluster(consumer, clusterId, cancellationToken);
                    checkedAt = Environment.TickCount64;
                }
                if (batch.Count == 0) continue;
                var positions = batch.GroupBy(message => message.TopicPartition)
                    .Select(messages => new Position(clusterId!, messages.Key.Topic, messages.Key.Partition, messages.Last().Offset + 1)).ToList();
                applier.ApplyAsync(batch.ConvertAll(Read), positions, cancellationToken).GetAwaiter().GetResult();
                Store(consumer, positions);
                batch.Clear();
            }
        }
        finally
        {
            consumer.Close();
        }
    }

    private static string SameCluster(IConsumer<string, byte[]> consumer, string? expected, CancellationToken cancellationToken)
    {
        var found = new ClusterIdentity(consumer.Handle).ReadAsync(cancellationToken).GetAwaiter().GetResult();
        return expected is null || found == expected ? found : throw new InvalidOperationException($"The broker is another cluster ({found}).");
    }

    private void Fill(List<ConsumeResult<string, byte[]>> batch, IConsumer<string, byte[]> consumer)
    {
        try
        {
            if (consumer.Consume(Patience) is not { } first) return;
            batch.Add(first);
            var watch = Stopwatch.StartNew();
            while (batch.Count < options.BatchSize && options.Linger - watch.Elapsed is { Ticks: > 0 } left)
                if (consumer.Consume(left) is { } next) batch.Add(next);
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            // A topic that nobody has written to yet, a broker that is away: librdkafka goes on trying by itself.
            logger.LogDebug("{Reason}", exception.Error.Reason);
        }
    }

    private List<TopicPartitionOffset> Resume(string clusterId, List<TopicPartition> partitions)
    {
        var known = new Dictionary<TopicPartition, long>();
        using var connection = database.OpenConnection();
        using var select = new NpgsqlCommand("SELECT topic, partition, next_offset FROM consumer_positions WHERE cluster_id = $1", connection) { Parameters = { new() { Value = clusterId } } };
        using var rows = select.ExecuteReader();
        while (rows.Read()) known[new TopicPartition(rows.GetString(0), rows.GetInt32(1))] = rows.GetInt64(2);
        logger.LogInformation("Reading {Count} partitions of {Cluster}", partitions.Count, clusterId);
        return partitions.ConvertAll(partition => new TopicPartitionOffset(partition, known.TryGetValue(partition, out var next) ? next : Offset.Beginning));
    }

    /// <summary>The group's offsets are for those who watch the lag; we read on from our own positions.</summary>
    private static void Store(IConsumer<string, byte[]> consumer, List<Position> positions)
    {
        foreach (var position in positions)
        {
            try { consumer.StoreOffset(new TopicPartitionOffset(position.Topic, position.Partition, position.NextOffset)); }
            catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition) { /* given up meanwhile */ }
        }
    }

    private static InboxEvent Read(ConsumeResult<string, byte[]> message)
    {
        var headers = message.Message.Headers;
        return new InboxEvent(
            EventCatalog.StreamOfTopic(message.Topic),
            Guid.Parse(message.Message.Key),
            int.Parse(Text("ce_sequence")!, CultureInfo.InvariantCulture),
            Text("ce_type")!,
            message.Message.Value,
            Text("traceparent"),
            DateTimeOffset.Parse(Text("ce_time")!, CultureInfo.InvariantCulture));

        string? Text(string name) => headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
