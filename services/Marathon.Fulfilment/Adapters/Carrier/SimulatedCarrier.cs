using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;

namespace Marathon.Fulfilment.Adapters.Carrier;

/// <summary>A carrier for demonstrations and tests. The tracking number follows from the registration id, so it remembers without a memory.</summary>
public sealed class SimulatedCarrier : ICarrier
{
    private const string Name = "Hanbit Parcel";
    private const ulong TwelveDigits = 1_000_000_000_000;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Shipment>> BookAsync(IReadOnlyList<Delivery> deliveries, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Shipment>>([.. deliveries.Select(delivery => new Shipment(Name, TrackingNumber(delivery.RegistrationId)))]);

    private static string TrackingNumber(Guid reference)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(reference.ToByteArray(bigEndian: true), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) % TwelveDigits).ToString("D12", CultureInfo.InvariantCulture);
    }
}
