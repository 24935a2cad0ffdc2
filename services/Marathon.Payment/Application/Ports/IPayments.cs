using Marathon.Payments.Domain;

namespace Marathon.Payments.Application.Ports;

/// <summary>The payments, one row per registration, and who may be charging at the moment.</summary>
public interface IPayments
{
    /// <summary>
    /// Writes <paramref name="requested"/> unless the registration has a payment already, and tells which one it has; the one who wrote it charges it,
    /// nobody else does for as long as a call of the provider may take. Null when too many are waiting already.
    /// </summary>
    Task<Opened?> OpenAsync(Payment requested);

    /// <summary>The payment of a registration.</summary>
    Task<Payment?> FindAsync(Guid registrationId, CancellationToken cancellationToken);

    /// <summary>The payment, to be charged by the caller, when it is requested and nobody is charging it any more; else null.</summary>
    Task<Payment?> TakeOverAsync(Guid registrationId, CancellationToken cancellationToken);

    /// <summary>The caller stopped charging without an answer: somebody else may at once.</summary>
    Task ReleaseAsync(Guid registrationId, CancellationToken cancellationToken);

    /// <summary>Writes the change and tells the event that follows from it, in one transaction; false when the payment is no longer what it was.</summary>
    Task<bool> ChangeAsync(Change change, CancellationToken cancellationToken);

    /// <summary>
    /// Payments with something left to do at the provider whose time has come, for this caller alone. Each comes again later, ever more seldom, until it
    /// is settled.
    /// </summary>
    Task<IReadOnlyList<Payment>> ClaimUnsettledAsync(int most, CancellationToken cancellationToken);

    /// <summary>Why an attempt to settle it came to nothing, for those who watch; the last one stays on record when it is settled.</summary>
    Task NoteFailureAsync(Guid registrationId, string error, CancellationToken cancellationToken);
}

/// <summary>The registration's payment.</summary>
/// <param name="Payment">As stored.</param>
/// <param name="IsNew">Written just now, and the caller's to charge.</param>
public readonly record struct Opened(Payment Payment, bool IsNew);

/// <summary>A payment becomes another.</summary>
/// <param name="Before">As it was when the change was decided; null when there was none.</param>
/// <param name="After">As it shall be.</param>
/// <param name="At">When.</param>
/// <param name="TraceParent">What caused it.</param>
public sealed record Change(Payment? Before, Payment After, DateTimeOffset At, string? TraceParent);
