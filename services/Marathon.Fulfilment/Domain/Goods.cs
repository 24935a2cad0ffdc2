namespace Marathon.Fulfilment.Domain;

/// <summary>The parts of a kit.</summary>
public enum Item
{
    /// <summary>The shirt.</summary>
    Top,

    /// <summary>The shorts.</summary>
    Bottom,
}

/// <summary>What stock is kept of: an item in a size. Goods bear the name of their race and are of no use to another.</summary>
public readonly record struct Sku(Guid RaceId, Item Item, string Size);

/// <summary>
/// How goods move. What there is stands in four places, and every movement is from one to another, or from outside into the first: free, allocated (set aside for
/// runners and still here), gone (with runners, or on the way to or from them), scrapped.
/// </summary>
public enum MovementKind
{
    /// <summary>They came: free.</summary>
    Received,

    /// <summary>Free, then a runner's.</summary>
    Allocated,

    /// <summary>A runner's, then free again.</summary>
    Released,

    /// <summary>A runner's, then gone: sent, or handed out.</summary>
    Dispatched,

    /// <summary>Gone, then free again.</summary>
    Returned,

    /// <summary>Free, then fit for nobody.</summary>
    Scrapped,
}

/// <summary>A line of the ledger. Never changed, never deleted: a mistake is mended by another one.</summary>
/// <param name="Sku">Of what.</param>
/// <param name="Kind">From where to where.</param>
/// <param name="Quantity">Pieces, more than none.</param>
/// <param name="RegistrationId">For whom.</param>
/// <param name="ProcurementId">By which order they came.</param>
/// <param name="Note">Why, where a person decided it.</param>
/// <param name="RequestKey">Of the request that a person made; the same key again is the same movement.</param>
public sealed record Movement(
    Sku Sku, MovementKind Kind, int Quantity, Guid? RegistrationId = null, Guid? ProcurementId = null, string? Note = null, string? RequestKey = null);

/// <summary>How many pieces are where.</summary>
public readonly record struct Level(int Free, int Allocated, int Gone, int Scrapped)
{
    /// <summary>What ever came.</summary>
    public int Received => checked(Free + Allocated + Gone + Scrapped);

    /// <summary>Pieces that moved; null when there are not so many where they would move from.</summary>
    public Level? After(MovementKind kind, int quantity)
    {
        var after = checked(kind switch
        {
            MovementKind.Received => this with { Free = Free + quantity },
            MovementKind.Allocated => this with { Free = Free - quantity, Allocated = Allocated + quantity },
            MovementKind.Released => this with { Allocated = Allocated - quantity, Free = Free + quantity },
            MovementKind.Dispatched => this with { Allocated = Allocated - quantity, Gone = Gone + quantity },
            MovementKind.Returned => this with { Gone = Gone - quantity, Free = Free + quantity },
            MovementKind.Scrapped => this with { Free = Free - quantity, Scrapped = Scrapped + quantity },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        });
        return after is { Free: >= 0, Allocated: >= 0, Gone: >= 0 } ? after : null;
    }
}
