using System.Security.Cryptography;
using Marathon.Contracts;

namespace Marathon.Notification.Tests;

/// <summary>An order to a supplier, with a contact whose phone number is nobody else's unless it is given.</summary>
internal sealed class Order(string language = "ko", string? phoneNo = null)
{
    public Guid Id { get; } = Guid.CreateVersion7();

    public string Number { get; } = $"PO-{RandomNumberGenerator.GetInt32(100_000, 1_000_000)}";

    public string PhoneNo { get; } = phoneNo ?? $"02-{RandomNumberGenerator.GetInt32(1000, 10000)}-{RandomNumberGenerator.GetInt32(1000, 10000)}";

    /// <summary>The goods came and were looked at.</summary>
    public ProcurementInspected Inspected(params IReadOnlyList<InspectedLine> lines) => new()
    {
        ProcurementId = Id, Number = Number, RaceId = Guid.CreateVersion7(), At = DateTimeOffset.UtcNow, RaceName = "Seoul Marathon", Lines = lines,
        Contact = new SupplierContact("Hanbit Textiles", "Park Supplier", PhoneNo, language),
    };

    /// <summary>Says nothing to the supplier.</summary>
    public ProcurementCancelled Cancelled() => new() { ProcurementId = Id, Number = Number, RaceId = Guid.CreateVersion7(), At = DateTimeOffset.UtcNow };
}
