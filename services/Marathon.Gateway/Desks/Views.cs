namespace Marathon.Gateway.Desks;

// What services answer, as far as the console shows it. What is left out there is null here.

public sealed record Listed<T>(long Total, int Page, int Size, IReadOnlyList<T>? Items, bool IsMore = false, IReadOnlyList<string>? Unavailable = null, DateTimeOffset? AsOf = null)
{
    public IReadOnlyList<T> Rows => Items ?? [];
}

public sealed record RaceLine(
    Guid RaceId, string? Name, string? Place, DateOnly Date, string? Status, DateTimeOffset OpensAt, DateTimeOffset ClosesAt, string? Currency, bool AllowsDuplicates, int HoldSeconds,
    IReadOnlyList<TierLine>? RefundTiers, DateOnly RetainUntil, string? KitHandover, IReadOnlyList<DivisionLine>? Divisions);

public sealed record TierLine(int DaysBefore, int Percent);

public sealed record DivisionLine(Guid DivisionId, string Name, int Fee, int Capacity, int Remaining, IReadOnlyList<string>? TopSizes, IReadOnlyList<string>? BottomSizes, long Registered = 0, bool IsSoldOut = false);

public sealed record RollLine(
    Guid RegisterId, string Number, Guid RaceId, string? DivisionName, int Bib, string Status, string? Name, string? PhoneNo, string? TopSize, string? BottomSize, string? DeliveryStatus, string? Note,
    DateTimeOffset? CheckedInAt, string? CheckedInBy);

public sealed record KitLine(
    string Number, Guid RaceId, string DeliveryStatus, DateTimeOffset Since, string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize, bool HasTop, bool HasBottom,
    string? Carrier, string? TrackingNumber, int Parcels);

public sealed record DispatchReply(IReadOnlyList<DispatchedLine>? Dispatched, IReadOnlyList<RefusedLine>? Refused);

public sealed record DispatchedLine(string Number, string? Carrier, string? TrackingNumber);

public sealed record RefusedLine(string Number, string Code, string? DeliveryStatus);

public sealed record StockReply(int Places, IReadOnlyList<StockLine>? Items);

public sealed record StockLine(string Item, string Size, int Received, int Free, int Allocated, int Gone, int Scrapped, int Runners, int Awaited, int OnOrder, int NeededNow, int NeededAtCapacity);

public sealed record MovementLine(DateTimeOffset At, string Item, string Size, string Kind, int Quantity, Guid? ProcurementId, string? Note, string? Actor);

public sealed record OrderLine(
    Guid ProcurementId, string? Number, Guid RaceId, string? Status, IReadOnlyList<GoodsLine>? Lines, string? Supplier, string? ContactName, string? ContactPhoneNo, long? Price, string? Currency,
    DateOnly? DueDate, DateTimeOffset RequestedAt, DateTimeOffset Since);

public sealed record GoodsLine(string Item, string Size, int Quantity, int? Passed, int? Failed);

public sealed record PaymentLine(
    Guid RegistrationId, string? Number, string? Status, int Amount, string? Currency, string? Reason, string? ProviderReference, int? RefundDue, int Refunded, int Attempts,
    DateTimeOffset? NextAttemptAt, string? LastError, DateTimeOffset RequestedAt, DateTimeOffset ChangedAt);

public sealed record MessageLine(
    Guid MessageId, Guid RegisterId, string? Number, string Kind, string? Status, string? PhoneNo, string? Text, DateTimeOffset QueuedAt, DateTimeOffset? AcceptedAt, DateTimeOffset? SettledAt, string? Reason,
    int Attempts)
{
    /// <summary>The order that it is about, when it is to a supplier.</summary>
    public Guid? OrderId => Kind is "inspected" or "inspected-incomplete" ? RegisterId : null;
}

public sealed record MessageReply(MessageLine? Message, IReadOnlyList<AttemptLine>? Attempts);

public sealed record AttemptLine(int Attempt, DateTimeOffset At, string? Outcome, string? Reason);

public sealed record LetterLine(string Id, string? Service, string? State, string? Source, string? Stream, Guid? AggregateId, int? Version, string? Type, DateTimeOffset OccurredAt, DateTimeOffset ParkedAt, string? Error);

public sealed record DeedLine(string? Service, DateTimeOffset At, string? Actor, string? Role, string? Network, string? Action, string? Stream, Guid? AggregateId);

public sealed record MessagingLine(long Unsent, TimeSpan OldestUnsent, IReadOnlyDictionary<string, long>? Lag, TimeSpan OldestUnapplied, IReadOnlyDictionary<string, long>? Parked);

public sealed record RebuildLine(string? State, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt, long Messages, long Of, long? Missing);

public sealed record RegistrationLine(
    Guid RegisterId, string Number, string Status, string? PayStatus, string? DeliveryStatus, Guid RaceId, string? RaceName, string? DivisionName, int? Bib, string? Name, string? PhoneNo, string? Address,
    string? TopSize, string? BottomSize, int? Amount, string? Currency, int? RefundDue, int? RefundedAmount, DateTimeOffset? RegisteredAt, DateTimeOffset? EndedAt, DateTimeOffset? CheckedInAt);

public sealed record CancellationLine(string Number, string Status, bool CanBeCancelled, int Amount, int RefundDue, string Currency);

public sealed record SummaryReply(
    IReadOnlyList<RaceLine>? Races, IReadOnlyDictionary<string, long>? Registrations, IReadOnlyList<MoneyLine>? Money, IReadOnlyDictionary<string, long>? Payments, IReadOnlyDictionary<string, long>? Deliveries,
    IReadOnlyDictionary<string, long>? Messages, long CheckedIn, IReadOnlyList<SizeLine>? Sizes, TimelineReply? Timeline, DateTimeOffset AsOf);

public sealed record MoneyLine(string Currency, long Paid, long RefundDue, long Refunded);

public sealed record SizeLine(Guid RaceId, string Item, string Size, long Wanted, int Free, int Allocated, int Gone, int Scrapped);

public sealed record TimelineReply(int BucketSeconds, IReadOnlyList<PointLine>? Points);

public sealed record PointLine(DateTimeOffset At, long Registered);

/// <summary>Figures that are not as things are.</summary>
/// <param name="Events">Which may not be in them.</param>
/// <param name="By">How long the oldest of them has been on its way.</param>
public sealed record LateLine(long Events, TimeSpan By);
