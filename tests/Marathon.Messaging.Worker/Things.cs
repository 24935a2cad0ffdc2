using System.Buffers.Binary;

namespace Marathon.Messaging.Worker;

/// <summary>The ids of a run's things.</summary>
internal static class Things
{
    public static Guid Id(uint run, int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, run);
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], number);
        return new Guid(bytes, bigEndian: true);
    }

    public static bool IsOf(uint run, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes) == run;
    }
}
