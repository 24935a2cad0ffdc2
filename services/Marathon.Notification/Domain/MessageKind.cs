namespace Marathon.Notification.Domain;

/// <summary>What a message tells, and the fields that its templates may name besides <c>name</c> and <c>number</c>, which every message has.</summary>
/// <param name="Name">In events, and of the template's file.</param>
/// <param name="Fields">Given by the cause.</param>
public sealed record MessageKind(string Name, params IReadOnlyList<string> Fields)
{
    /// <summary>Nobody is woken for it: in the quiet hours it waits for the morning.</summary>
    public bool CanWait { get; private init; }

    /// <summary>Nothing depends on it: who does not want such messages gets none.</summary>
    public bool IsOptional { get; private init; }

    /// <summary>The place is held, and the payment takes longer.</summary>
    public static readonly MessageKind PaymentDelayed = new("payment-delayed", "race");

    /// <summary>The place is paid for.</summary>
    public static readonly MessageKind Confirmed = new("confirmed", "race", "date", "division");

    /// <summary>The payment was declined.</summary>
    public static readonly MessageKind Declined = new("declined", "race");

    /// <summary>A confirmed registration was given up.</summary>
    public static readonly MessageKind Cancelled = new("cancelled", "race", "refund", "currency");

    /// <summary>No payment came in time.</summary>
    public static readonly MessageKind Expired = new("expired", "race");

    /// <summary>The money went back.</summary>
    public static readonly MessageKind Refunded = new("refunded", "amount", "currency") { CanWait = true };

    /// <summary>There is not enough in the runner's sizes, and the kit waits for more.</summary>
    public static readonly MessageKind Backordered = new("back-ordered") { CanWait = true, IsOptional = true };

    /// <summary>The kit left.</summary>
    public static readonly MessageKind Dispatched = new("dispatched", "carrier", "trackingNumber") { CanWait = true };

    /// <summary>The kit arrived.</summary>
    public static readonly MessageKind Delivered = new("delivered") { CanWait = true, IsOptional = true };

    /// <summary>The kit is asked back.</summary>
    public static readonly MessageKind ReturnRequested = new("return-requested") { CanWait = true };

    /// <summary>Nobody can register for the race for now. To everybody who is registered.</summary>
    public static readonly MessageKind RaceSuspended = new("race-suspended", "race") { CanWait = true };

    /// <summary>Registration for the race goes on as before. To everybody who is registered.</summary>
    public static readonly MessageKind RaceResumed = new("race-resumed", "race") { CanWait = true };

    /// <summary>The race is on another day, or elsewhere. To everybody who is registered, and at once: it may be the night before.</summary>
    public static readonly MessageKind RaceMoved = new("race-moved", "race", "date", "place");

    /// <summary>To a supplier: all that was ordered came, and was looked at.</summary>
    public static readonly MessageKind Inspected = new("inspected", "race", "passed", "failed") { CanWait = true };

    /// <summary>To a supplier: what came was looked at, and some did not come.</summary>
    public static readonly MessageKind InspectedIncomplete = new("inspected-incomplete", "race", "passed", "failed", "missing") { CanWait = true };

    /// <summary>The way back to a registration whose access key is lost.</summary>
    public static readonly MessageKind Link = new("link", Secret, "minutes");

    /// <summary>The field whose value is for the phone alone: wherever else the message is told, it is left out.</summary>
    public const string Secret = "link";

    /// <summary>Every kind there is.</summary>
    public static IReadOnlyList<MessageKind> All { get; } =
    [
        PaymentDelayed, Confirmed, Declined, Cancelled, Expired, Refunded, Backordered, Dispatched, Delivered, ReturnRequested, RaceSuspended, RaceResumed, RaceMoved,
        Inspected, InspectedIncomplete, Link,
    ];

    /// <summary>The kind of this name.</summary>
    public static MessageKind Of(string name) => ByName[name];

    private static readonly Dictionary<string, MessageKind> ByName = All.ToDictionary(kind => kind.Name);
}
