using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What becomes of goods that the organiser orders from a supplier. Told by Fulfilment.</summary>
[Stream("procurements")]
public abstract record ProcurementEvent : IntegrationEvent
{
    /// <summary>The order.</summary>
    public required Guid ProcurementId { get; init; }

    /// <summary>What people call it: <c>PO-000123</c>.</summary>
    public required string Number { get; init; }

    /// <summary>The race whose goods they are.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => ProcurementId;
}

/// <summary>The organiser wants these goods.</summary>
public sealed record ProcurementRequested : ProcurementEvent
{
    /// <summary>What is wanted.</summary>
    public required IReadOnlyList<ProcurementLine> Lines { get; init; }
}

/// <summary>A supplier will make them.</summary>
public sealed record ProcurementAccepted : ProcurementEvent
{
    /// <summary>Who.</summary>
    public required string Supplier { get; init; }

    /// <summary>For all of it, in whole units of <see cref="Currency"/>.</summary>
    public required long Price { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>The day by which they are to be here.</summary>
    public required DateOnly DueDate { get; init; }
}

/// <summary>They are on their way.</summary>
public sealed record ProcurementShipped : ProcurementEvent;

/// <summary>They came and were looked at; what passed is in stock.</summary>
public sealed record ProcurementInspected : ProcurementEvent
{
    /// <summary>The name of the race.</summary>
    public required string RaceName { get; init; }

    /// <summary>What was found of each.</summary>
    public required IReadOnlyList<InspectedLine> Lines { get; init; }

    /// <summary>Who is told of it.</summary>
    public required SupplierContact Contact { get; init; }
}

/// <summary>They are not wanted any more.</summary>
public sealed record ProcurementCancelled : ProcurementEvent;

/// <summary>Pieces of one item in one size.</summary>
/// <param name="Item"><c>TOP</c> or <c>BOTTOM</c>.</param>
/// <param name="Size">Its size, as on the race's chart.</param>
/// <param name="Quantity">How many.</param>
public sealed record ProcurementLine(string Item, string Size, int Quantity);

/// <summary>What an inspection found. What neither passed nor failed did not come.</summary>
/// <param name="Item"><c>TOP</c> or <c>BOTTOM</c>.</param>
/// <param name="Size">Its size, as on the race's chart.</param>
/// <param name="Quantity">How many were ordered.</param>
/// <param name="Passed">Fit for runners, and in stock.</param>
/// <param name="Failed">Not fit, and the supplier's again.</param>
public sealed record InspectedLine(string Item, string Size, int Quantity, int Passed, int Failed);

/// <summary>Whom to reach at a supplier's.</summary>
/// <param name="Supplier">The firm.</param>
/// <param name="Name">The person.</param>
/// <param name="PhoneNo">Where messages go.</param>
/// <param name="Language">Of messages: <c>ko</c> or <c>en</c>.</param>
public sealed record SupplierContact(string Supplier, [property: Personal] string Name, [property: Personal] string PhoneNo, string Language);
