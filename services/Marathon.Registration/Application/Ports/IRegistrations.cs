using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Application.Ports;

/// <summary>The registrations and the places they take. Every method is one transaction, with the events it makes true.</summary>
public interface IRegistrations
{
    /// <summary>
    /// Takes a place for each and keeps it as HELD; null at once when too many wait already. What was accepted is decided even if the caller leaves, but no place is
    /// taken for who has waited for so long that nobody would hear of it.
    /// </summary>
    Task<HoldResult>? Hold(HeldRegistration registration);

    /// <summary>What came of the same request before; none: it is new. Null at once when too many wait already.</summary>
    Task<HoldResult?>? Recall(IdempotencyKey key);

    /// <summary>HELD → REGISTERED; returns where the registration stands now, which is another state when somebody was faster.</summary>
    Task<RegistrationStatus> ConfirmAsync(HeldRegistration registration, CancellationToken cancellationToken);

    /// <summary>HELD → DECLINED or EXPIRED, and the place back; returns where the registration stands now.</summary>
    Task<RegistrationStatus> ReleaseAsync(HeldRegistration registration, RegistrationStatus to, CancellationToken cancellationToken);

    /// <summary>The caller is told that the payment is pending: from now on the resolver may charge. Returns where the registration stands now.</summary>
    Task<RegistrationStatus> AwaitPaymentAsync(HeldRegistration registration, CancellationToken cancellationToken);

    /// <summary>
    /// HELD or REGISTERED → CANCELLED, and the place back, with what <paramref name="refundOf"/> says of the registration and its race as they are now, null: it stays as it is;
    /// returns the registration as it stands after, null when there is none. <paramref name="accessKeyHash"/> null: an organiser asks.
    /// </summary>
    Task<StoredRegistration?> CancelAsync(
        string number, byte[]? accessKeyHash, Func<StoredRegistration, Race, int?> refundOf, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the runner that <paramref name="decide"/> makes of the registration and its race as they are now; null: as it is. Returns the registration as it stands after,
    /// null when there is none, and whether it was refused because the race has the same person already.
    /// </summary>
    Task<(StoredRegistration? Registration, bool IsTwice)> ChangeAsync(
        string number, byte[] accessKeyHash, Func<StoredRegistration, Race, Runner?> decide, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Erases the person of the registration, if <paramref name="mayErase"/> says so of it and its race as they are now. Returns it as it stands after, erased or not; null when
    /// there is none. <paramref name="accessKeyHash"/> null: an organiser asks.
    /// </summary>
    Task<StoredRegistration?> EraseAsync(
        string number, byte[]? accessKeyHash, Func<StoredRegistration, Race, bool> mayErase, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Erases the persons of up to <paramref name="limit"/> settled registrations of these races, those after the id <paramref name="last"/>; returns which, in
    /// the order of their ids.
    /// </summary>
    Task<IReadOnlyList<Guid>> EraseNextAsync(IReadOnlyList<Guid> races, Guid last, int limit, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The registration with the number, for an organiser; null when there is none.</summary>
    Task<StoredRegistration?> FindAsync(string number, CancellationToken cancellationToken);

    /// <summary>By number and key; null for a wrong number and a wrong key alike.</summary>
    Task<StoredRegistration?> FindAsync(string number, byte[] accessKeyHash, CancellationToken cancellationToken);

    /// <summary>Leases up to <paramref name="count"/> HELD registrations that nobody has settled in time.</summary>
    Task<IReadOnlyList<UnsettledRegistration>> LeaseUnsettledAsync(int count, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken);
}

/// <summary>Everything about a registration that holds a place: until <paramref name="HoldUntil"/>, unless it is paid for.</summary>
public sealed record HeldRegistration(
    Guid Id, RegistrationNumber Number, byte[] AccessKeyHash, Race Race, Division Division, Runner Runner, int Amount, string? PaymentToken,
    IdempotencyKey? IdempotencyKey, DateTimeOffset HeldAt, DateTimeOffset HoldUntil, string? TraceParent)
{
    /// <summary>For so long after <see cref="HeldAt"/> the caller waits for the hold.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);
}

/// <summary>The caller's name for a request, and a hash of what was asked under it.</summary>
public sealed record IdempotencyKey(string Key, byte[] RequestHash);

/// <summary>What became of the wish for a place.</summary>
public readonly record struct HoldResult
{
    /// <summary>The place is held.</summary>
    public static HoldResult Held => default;

    /// <summary>The number was somebody's already: try another.</summary>
    public static HoldResult NumberTaken => new() { IsNumberTaken = true };

    /// <summary>A rule stands against it.</summary>
    public static HoldResult Refused(Rejection reason) => new() { Rejection = reason };

    /// <summary>The race has other terms by now, or another state: look again.</summary>
    public static HoldResult Outdated => new() { IsOutdated = true };

    /// <summary>It waited for longer than its caller does.</summary>
    public static HoldResult TooLate => new() { IsTooLate = true };

    /// <summary>The race has the same person's place already, but it is neither paid for nor promised: whoever asked for it may be told the next moment, or has died.</summary>
    public static HoldResult Unsettled => new() { IsUnsettled = true };

    /// <summary>The same request was made before under the same idempotency key.</summary>
    public static HoldResult Repeats(StoredRegistration earlier) => new() { Earlier = earlier };

    /// <summary>Why not.</summary>
    public Rejection? Rejection { get; private init; }

    /// <summary>The registration that the same request made before.</summary>
    public StoredRegistration? Earlier { get; private init; }

    /// <summary>One in many millions.</summary>
    public bool IsNumberTaken { get; private init; }

    /// <summary>The race was changed since it was read.</summary>
    public bool IsOutdated { get; private init; }

    /// <summary>Nobody waits for it any more, and no place was taken.</summary>
    public bool IsTooLate { get; private init; }

    /// <summary>What will become of the place of the same person is not known yet.</summary>
    public bool IsUnsettled { get; private init; }
}

/// <summary>A registration as it is stored.</summary>
public sealed record StoredRegistration(
    Guid Id, string Number, RegistrationStatus Status, string PayStatus, Guid RaceId, Guid DivisionId, string Name, string PhoneNo, string Address, string TopSize,
    string BottomSize, string Language, int Amount, int? RefundDue, DateTimeOffset HeldAt, DateTimeOffset HoldUntil, DateTimeOffset? ConfirmedAt, DateTimeOffset? CancelledAt,
    bool KitDispatched, DateTimeOffset? ErasedAt, bool WantsAllMessages, bool AwaitsPayment)
{
    /// <summary>Who it is for.</summary>
    public Runner Runner => Runner.Stored(Name, PhoneNo, Address, TopSize, BottomSize, Language, WantsAllMessages);

    /// <summary>Whether the place can be given up.</summary>
    public bool CanBeCancelled => ErasedAt is null && RegistrationLifecycle.Before(RegistrationStatus.Cancelled).Contains(Status);
}

/// <summary>A registration that stayed HELD.</summary>
/// <param name="Held">The registration.</param>
/// <param name="AwaitsPayment">The caller was told 202: it may be charged. If not, its request died, and it must not be.</param>
public sealed record UnsettledRegistration(HeldRegistration Held, bool AwaitsPayment);
