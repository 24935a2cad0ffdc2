using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Marathon.Messaging;

/// <summary>Which cluster a client is connected to. Another id than before means that the broker has forgotten everything.</summary>
internal sealed class ClusterIdentity(Handle handle)
{
    private static readonly DescribeClusterOptions Options = new() { RequestTimeout = TimeSpan.FromSeconds(5) };

    /// <summary>Throws <see cref="KafkaException"/> when the broker does not answer within five seconds.</summary>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        using var admin = new DependentAdminClientBuilder(handle).Build();
        return (await admin.DescribeClusterAsync(Options).WaitAsync(cancellationToken)).ClusterId;
    }
}
