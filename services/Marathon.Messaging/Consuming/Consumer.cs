using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Confluent.Kafka;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// A member of the service's consumer group. Takes what is there, up to a batch, applies it, and only then goes on: what it has in hand is never more
/// than a batch and the client's bounded queue. The batch is applied in a few transactions side by side, each with partitions of its own.
/// Partitions are given up on the consuming thread, after what was taken from them is applied.
/// <para>
/// Where to read on is kept in the service's database with the effects, per cluster, so that a cluster that lost everything is read from its start. A
/// consumer belongs to one cluster: one that lived on through a broker's loss of memory would go on from its old offset and pass over the
/// beginning of the new log, so it is replaced. Where a log jumps (Kafka numbers its messages without a gap), messages were deleted before they
/// were read: their teller is asked for them, in the same transaction.
/// </para>
/// </summary>
internal sealed class Consumer(
    Handlers handlers, EventApplier applier, NpgsqlDataSource database, KafkaConnection kafka, MessagingOptions options, MessagingStatus status, ILogger<Consumer> logger,
    CancellationToken cancellationToken)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250), Glance = TimeSpan.FromSeconds(1);

    /// <summary>Fewer messages are one transaction: two would cost more than they gain.</summary>
    private const int WorthLanes = 200;

    /// <summary>What clocks may differ by, and transactions last: so much more is asked for than the log seems to lack.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly List<ConsumeResult<string, byte[]>> taken = new(options.BatchSize);
    private readonly Dictionary<TopicPartition, Position> positions = [];
    private readonly Pace pace = new(options.Linger);
    private string? clusterId;
    private bool disturbed;
    private DateTimeOffset? takenSince;
    private ExceptionDispatchInfo? fault;

    /// <summary>Returns when it is cancelled; throws when another consumer must take its place.</summary>
    public void Run()
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(kafka.Consumer(options.Source))
            .SetLogHandler((_, line) => logger.LogDebug("{Message}", line.Message))
            .SetErrorHandler((_, _) => disturbed = true)
            .SetPartitionsAssignedHandler((consumer, partitions) =>
            {
                Failpoint.Hit("consumer.assigned");
                IReadOnlyList<TopicPartitionOffset>? resumed = null;
                Keep(() =>
                {
                    CheckCluster(consumer);
                    resumed = Resume(partitions);
                });
                return resumed ?? partitions.ConvertAll(partition => new TopicPartitionOffset(partition, Offset.End));
            })
            .SetPartitionsRevokedHandler((consumer, partitions) =>
            {
                Failpoint.Hit("consumer.revoked");
                Keep(() => ApplyTaken(consumer));
                foreach (var partition in partitions) positions.Remove(partition.TopicPartition);
            })
            .Build();
        consumer.Subscribe(handlers.Streams.Select(EventCatalog.Topic));
        try
        {
            var (checkedAt, saidAt) = (Environment.TickCount64, 0L);
            while (!cancellationToken.IsCancellationRequested)
            {
                Fill(consumer);
                fault?.Throw();
                if (clusterId is not null && (disturbed || Environment.TickCount64 - checkedAt > options.ClusterCheckInterval.TotalMilliseconds))
                {
                    disturbed = false;
                    CheckCluster(consumer);
                    if (taken.Count == 0) CheckPositions();
                    checkedAt = Environment.TickCount64;
                }
                ApplyTaken(consumer);
                if (Environment.TickCount64 - saidAt > Glance.TotalMilliseconds)
                {
                    Tell(consumer);
                    saidAt = Environment.TickCount64;
                }
            }
        }
        finally
        {
            // What is still in hand is read again by whoever gets its partition.
            taken.Clear();
            consumer.Close();
        }
    }

    private void CheckCluster(IConsumer<string, byte[]> consumer)
    {
        var found = new Cluster(consumer.Handle).IdAsync(cancellationToken).GetAwaiter().GetResult();
        if (clusterId is not null && found != clusterId) throw new InvalidOperationException($"the broker is another cluster ({found})");
        clusterId = found;
    }

    /// <summary>In a handler of the client, which stands no exception: it ends this consumer as soon as the client has returned. What is in hand is applied no more.</summary>
    private void Keep(Action handle)
    {
        try { handle(); }
        catch (Exception exception)
        {
            taken.Clear();
            fault = ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <summary>What the database has forgotten of a partition that nobody writes to any more is read again, too.</summary>
    private void CheckPositions()
    {
        try
        {
            var known = Known();
            if (positions.Any(entry => known.GetValueOrDefault(entry.Key, Nowhere(entry.Key)).NextOffset != entry.Value.NextOffset)) throw new PositionsMovedException();
        }
        catch (NpgsqlException) { /* away: whoever applies something waits for it */ }
    }

    private void Fill(IConsumer<string, byte[]> consumer)
    {
        try
        {
            if (consumer.Consume(Patience) is not { } first || fault is not null) return;
            taken.Add(first);
            while (taken.Count < options.BatchSize && fault is null)
            {
                var left = pace.Rest;
                if (consumer.Consume(left) is { } next) taken.Add(next);
                // What has come by now goes along, after the pause too.
                else if (left < TimeSpan.FromMilliseconds(1)) break;
            }
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            // A topic that nobody has written to yet, a broker that is away: librdkafka goes on trying by itself.
            logger.LogDebug("{Reason}", exception.Error.Reason);
        }
    }

    private void ApplyTaken(IConsumer<string, byte[]> consumer)
    {
        takenSince = taken.Count == 0 ? null : taken.Min(message => (DateTimeOffset)message.Message.Timestamp.UtcDateTime);
        if (takenSince is null) return;
        Failpoint.Hit("consumer.filled");
        var watch = Stopwatch.StartNew();
        var count = taken.Count < WorthLanes ? 1 : options.Lanes;
        var lanes = taken.GroupBy(message => message.Partition.Value % count).Select(lane => Take([.. lane])).ToList();
        // Off this thread, which they would otherwise take turns on until their first wait.
        var applying = Task.WhenAll(lanes.Select(lane => Task.Run(() => applier.ApplyAsync(lane, cancellationToken), cancellationToken)));
        // However long the database is away: just then it is asked how far behind we are.
        while (Task.WaitAny([applying], Glance) < 0) Tell(consumer);
        applying.GetAwaiter().GetResult();
        pace.Worked(watch.Elapsed, taken.Count);
        taken.Clear();
        foreach (var step in lanes.SelectMany(lane => lane.Steps)) Store(consumer, step.To);
        Failpoint.Hit("consumer.stored");
    }

    /// <summary>Reads the messages, notices what is missing between them, and notes where to read on.</summary>
    private Batch Take(IReadOnlyList<ConsumeResult<string, byte[]>> messages)
    {
        var (events, malformed, missed) = (new List<InboxEvent>(messages.Count), new List<MalformedMessage>(), new List<EventsMissed>());
        var starts = new Dictionary<TopicPartition, Position>();
        foreach (var message in messages)
        {
            var heard = IncomingMessage.Read(message);
            var position = positions.GetValueOrDefault(message.TopicPartition, Nowhere(message.TopicPartition));
            starts.TryAdd(message.TopicPartition, position);
            if (message.Offset > position.NextOffset && Miss(message, heard.Source, position) is { } found) missed.Add(found);
            if (heard.Event is { } told) events.Add(told);
            else malformed.Add(heard.Malformed!);
            positions[message.TopicPartition] = position with
            {
                ClusterId = clusterId!, NextOffset = message.Offset + 1, ReadUntil = heard.Event?.OccurredAt ?? position.ReadUntil,
            };
        }
        return new Batch(events, malformed, [.. starts.Select(start => new Step(start.Value, positions[start.Key]))], missed);
    }

    private EventsMissed? Miss(ConsumeResult<string, byte[]> message, string teller, Position position)
    {
        var stream = EventCatalog.StreamOfTopic(message.Topic);
        // A request that got lost is made again by whoever still waits.
        if (stream == EventCatalog.Stream(typeof(EventsMissed))) return null;
        var since = position.ReadUntil == DateTimeOffset.MinValue ? (DateTimeOffset?)null : position.ReadUntil - Margin;
        logger.LogWarning(
            "{Count} messages of {Partition} were gone before they were read: {Teller} is asked for what it told since {Since}",
            message.Offset - position.NextOffset, message.TopicPartition, teller.Length > 0 ? teller : "whoever tells of it", since);
        return new EventsMissed { RequestId = Guid.CreateVersion7(), Teller = teller, Stream = stream, Since = since };
    }

    /// <summary>From our own positions; in a cluster that is new to us, from the start.</summary>
    private List<TopicPartitionOffset> Resume(List<TopicPartition> partitions)
    {
        var known = Known();
        logger.LogInformation("Reading {Count} more partitions of {Cluster}", partitions.Count, clusterId);
        foreach (var partition in partitions) positions[partition] = known.GetValueOrDefault(partition, Nowhere(partition));
        return partitions.ConvertAll(partition => new TopicPartitionOffset(partition, positions[partition].NextOffset is > 0 and var next ? next : Offset.Beginning));
    }

    /// <summary>How far the database has read, of this cluster.</summary>
    private Dictionary<TopicPartition, Position> Known()
    {
        using var connection = database.OpenConnection();
        using var select = new NpgsqlCommand("SELECT topic, partition, cluster_id, next_offset, read_until FROM consumer_positions", connection);
        using var rows = select.ExecuteReader();
        var known = new Dictionary<TopicPartition, Position>();
        while (rows.Read())
        {
            var position = new Position(rows.GetString(0), rows.GetInt32(1), rows.GetString(2), rows.GetInt64(3), rows.GetFieldValue<DateTimeOffset>(4));
            known[new TopicPartition(position.Topic, position.Partition)] = position.ClusterId == clusterId ? position : position with { NextOffset = 0 };
        }
        return known;
    }

    private Position Nowhere(TopicPartition partition) => new(partition.Topic, partition.Partition, clusterId ?? "", 0, DateTimeOffset.MinValue);

    /// <summary>The group's offsets are for those who watch the lag; we read on from our own positions.</summary>
    private static void Store(IConsumer<string, byte[]> consumer, Position position)
    {
        try { consumer.StoreOffset(new TopicPartitionOffset(position.Topic, position.Partition, position.NextOffset)); }
        catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition) { /* given up meanwhile */ }
    }

    /// <summary>What is left after a batch has waited about as long as that. Since it was sent, not since it happened: what is sent again is not late.</summary>
    private void Tell(IConsumer<string, byte[]> consumer)
    {
        var lag = Lag(consumer);
        status.Read(lag, lag.Values.Any(behind => behind > 0) ? takenSince : null);
    }

    /// <summary>Messages that are there and not applied, those in hand among them, by stream, as far as the client knows the ends of the logs.</summary>
    private Dictionary<string, long> Lag(IConsumer<string, byte[]> consumer) => positions.Values.Select(position => (position.Topic, Behind: Behind(consumer, position)))
        .Concat(taken.Select(message => (message.Topic, Behind: 1L)))
        .GroupBy(part => EventCatalog.StreamOfTopic(part.Topic))
        .ToDictionary(stream => stream.Key, stream => stream.Sum(part => part.Behind));

    private static long Behind(IConsumer<string, byte[]> consumer, Position position)
    {
        var marks = consumer.GetWatermarkOffsets(new TopicPartition(position.Topic, position.Partition));
        return marks.High == Offset.Unset ? 0 : Math.Max(0, marks.High - Math.Max(position.NextOffset, marks.Low));
    }
}
