using System.Buffers.Binary;

namespace Marathon.Messaging;

/// <summary>
/// An aggregate's events all go through one shard, which keeps their order; shards are sent side by side, by the same process or by different
/// replicas. To change the count, stop every replica and let the outbox drain first: an aggregate must not have unsent events in two shards.
/// </summary>
internal static class OutboxShards
{
    public const short Count = 2;

    /// <summary>By the id's last bytes, which are random in every version of UUID that is in use here.</summary>
    public static short Of(Guid aggregateId)
    {
        Span<byte> bytes = stackalloc byte[16];
        aggregateId.TryWriteBytes(bytes, bigEndian: true, out _);
        return (short)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % Count);
    }
}
