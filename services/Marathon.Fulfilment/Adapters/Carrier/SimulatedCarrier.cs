using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Npgsql;

namespace Marathon.Fulfilment.Adapters.Carrier;

/// <summary>
/// A carrier for demonstrations and tests. It keeps books of its own, beside ours and in no transaction with them, so that it can be seen whether a parcel was booked
/// twice. The tracking number follows from the reference.
/// </summary>
public sealed class SimulatedCarrier(NpgsqlDataSource books) : ICarrier
{
    /// <summary>Its name, on parcels and in the path of its callbacks.</summary>
    public const string Name = "Hanbit Parcel", PathName = "hanbit";

    /// <summary>Few enough for a label, and so many that two references hardly ever have the same.</summary>
    private const ulong SixteenDigits = 10_000_000_000_000_000;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Shipment>> BookAsync(IReadOnlyList<Delivery> deliveries, CancellationToken cancellationToken)
    {
        var references = deliveries.Select(Reference).ToArray();
        var numbers = Array.ConvertAll(references, TrackingNumber);
        await using var book = books.CreateCommand("""
            INSERT INTO carrier_parcels (reference, tracking_number) SELECT * FROM unnest($1::text[], $2::text[]) AS parcel (reference, number) ORDER BY reference
            ON CONFLICT (reference) DO NOTHING
            """);
        book.Parameters.Add(new() { Value = references });
        book.Parameters.Add(new() { Value = numbers });
        await book.ExecuteNonQueryAsync(cancellationToken);
        return [.. numbers.Select(number => new Shipment(Name, number))];
    }

    private static string Reference(Delivery delivery) => $"{delivery.RegistrationId}/{delivery.Parcels + 1}";

    private static string TrackingNumber(string reference)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(reference), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) % SixteenDigits).ToString("D16", CultureInfo.InvariantCulture);
    }
}
