using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Marathon.Messaging;

/// <summary>The cluster that a client is connected to, and how far its logs go. Each call gives up after five seconds.</summary>
/// <exception cref="KafkaException">There was no answer.</exception>
internal sealed class Cluster(Handle handle)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Its id. Another one than before means that it is another cluster, which knows nothing.</summary>
    public async Task<string> IdAsync(CancellationToken cancellationToken)
    {
        using var admin = new DependentAdminClientBuilder(handle).Build();
        return (await admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = Timeout }).WaitAsync(cancellationToken)).ClusterId;
    }

    /// <summary>
    /// The offset after the last message of each partition; zero of one that is gone. One whose end went back has lost messages. A partition whose
    /// end nobody knows just now, for want of a leader or of a broker at all, is left out.
    /// </summary>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0) return new Dictionary<TopicPartition, long>();
        using var admin = new DependentAdminClientBuilder(handle).Build();
        var latest = partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() });
        var ends = await ListAsync();
        return ends.Where(end => end.Error.IsError || end.Offset >= 0).ToDictionary(end => end.TopicPartition, end => end.Error.IsError ? 0 : end.Offset.Value);

        async Task<IEnumerable<TopicPartitionOffsetError>> ListAsync()
        {
            try
            {
                var found = await admin.ListOffsetsAsync(latest, new ListOffsetsOptions { RequestTimeout = Timeout }).WaitAsync(cancellationToken);
                return found.ResultInfos.Select(end => end.TopicPartitionOffsetError);
            }
            catch (ListOffsetsException exception) when (exception.Result.ResultInfos.All(IsKnownOrGone))
            {
                return exception.Result.ResultInfos.Select(end => end.TopicPartitionOffsetError);
            }
        }

        static bool IsKnownOrGone(ListOffsetsResultInfo end) => end.TopicPartitionOffsetError.Error.Code is
            ErrorCode.NoError or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition;
    }
}
