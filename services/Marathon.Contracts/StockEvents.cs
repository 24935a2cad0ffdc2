using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>How many of a race's goods are where. Told by Fulfilment.</summary>
[Stream("stock")]
public abstract record StockEvent : IntegrationEvent
{
    /// <summary>The race whose goods they are.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RaceId;
}

/// <summary>Goods came, left, or were set aside for runners: what there is of them now. What is not named is as it was.</summary>
public sealed record StockChanged : StockEvent
{
    /// <summary>Those that changed, as of now.</summary>
    public required IReadOnlyList<StockLevel> Levels { get; init; }
}

/// <summary>Pieces of one item in one size. What ever came is the sum of the four.</summary>
/// <param name="Item"><c>TOP</c> or <c>BOTTOM</c>.</param>
/// <param name="Size">Its size, as on the race's chart.</param>
/// <param name="Free">Nobody's yet.</param>
/// <param name="Allocated">Set aside for runners, and still here.</param>
/// <param name="Gone">With runners, or on the way to or from them.</param>
/// <param name="Scrapped">Not fit for anybody.</param>
public sealed record StockLevel(string Item, string Size, int Free, int Allocated, int Gone, int Scrapped);
