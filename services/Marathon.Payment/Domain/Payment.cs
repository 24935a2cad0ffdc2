namespace Marathon.Payments.Domain;

/// <summary>
/// <c>REQUESTED</c> → <c>COMPLETED</c>, <c>DECLINED</c> or <c>VOIDED</c>; <c>COMPLETED</c> → <c>REFUND_DUE</c> → <c>REFUNDED</c>.
/// No state is ever entered twice, which is why a change may be written by comparing the state alone.
/// </summary>
public enum PaymentStatus
{
    /// <summary>The provider has been, or may have been, asked to charge.</summary>
    Requested,

    /// <summary>The money is captured.</summary>
    Completed,

    /// <summary>The provider refused.</summary>
    Declined,

    /// <summary>Never to be charged; what the provider captured nevertheless goes back.</summary>
    Voided,

    /// <summary>Part or all of the captured money is owed to the runner.</summary>
    RefundDue,

    /// <summary>It has been paid back.</summary>
    Refunded,
}

/// <summary>
/// The one payment of a registration. Every method returns the payment after the fact, or the same instance when the fact changes nothing.
/// </summary>
public sealed record Payment
{
    /// <summary>The registration, and the key of the charge at the provider.</summary>
    public required Guid RegistrationId { get; init; }

    /// <summary>The payment's own name.</summary>
    public required Guid PaymentId { get; init; }

    /// <summary>The registration's number.</summary>
    public required string Number { get; init; }

    /// <summary>In whole units of <see cref="Currency"/>.</summary>
    public required int Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>The provider's token of the means of payment, until the payment is settled.</summary>
    public string? Token { get; init; }

    /// <summary>Where it stands.</summary>
    public PaymentStatus Status { get; private init; }

    /// <summary>How many events have been told of it.</summary>
    public int Version { get; private init; }

    /// <summary>The provider's own name of the charge, once captured.</summary>
    public string? ProviderReference { get; private init; }

    /// <summary>Why it was declined.</summary>
    public string? Reason { get; private init; }

    /// <summary>It was voided when the provider might have captured already, or still might: the provider has yet to be told.</summary>
    public bool ReversalDue { get; private init; }

    /// <summary>
    /// Owed to the runner, or paid back, in whole units of <see cref="Currency"/>. Decided once, when the registration is cancelled, and null until then; 0
    /// is a decision too: the payment stays <see cref="PaymentStatus.Completed"/> and is kept in full.
    /// </summary>
    public int? RefundAmount { get; private init; }

    /// <summary>A payment as it was stored.</summary>
    public static Payment Restore(
        Guid registrationId, Guid paymentId, string number, int amount, string currency, string? token, PaymentStatus status, int version,
        string? providerReference, string? reason, bool reversalDue, int? refundAmount) => new()
        {
            RegistrationId = registrationId,
            PaymentId = paymentId,
            Number = number,
            Amount = amount,
            Currency = currency,
            Token = token,
            Status = status,
            Version = version,
            ProviderReference = providerReference,
            Reason = reason,
            ReversalDue = reversalDue,
            RefundAmount = refundAmount,
        };

    /// <summary>A payment that is voided before any charge was asked for: a late charge finds it so. Nobody ever asked the provider.</summary>
    public static Payment VoidedFromTheStart(Guid registrationId, Guid paymentId, string number, int amount, string currency) => new()
    {
        RegistrationId = registrationId,
        PaymentId = paymentId,
        Number = number,
        Amount = amount,
        Currency = currency,
        Status = PaymentStatus.Voided,
        Version = 1,
    };

    /// <summary>Whether a request asks for this very payment.</summary>
    public bool IsFor(string number, int amount, string currency) => Number == number && Amount == amount && Currency == currency;

    /// <summary>The provider answered the charge. Money captured for a voided payment goes back.</summary>
    public Payment Settle(ProviderAnswer answer) => (Status, answer) switch
    {
        (PaymentStatus.Requested, ProviderAnswer.Captured captured) =>
            this with { Status = PaymentStatus.Completed, Version = Version + 1, ProviderReference = captured.Reference, Token = null },
        (PaymentStatus.Requested, ProviderAnswer.Declined declined) =>
            this with { Status = PaymentStatus.Declined, Version = Version + 1, Reason = declined.Reason, Token = null },
        (PaymentStatus.Voided, ProviderAnswer.Captured) when !ReversalDue => this with { ReversalDue = true },
        _ => this,
    };

    /// <summary>Never charge it. A charge that may be under way at this moment is reversed when it turns out to be captured.</summary>
    public Payment Void() => Status is PaymentStatus.Requested
        ? this with { Status = PaymentStatus.Voided, Version = Version + 1, ReversalDue = true, Token = null }
        : this;

    /// <summary>The provider holds no money of this voided payment and will never capture any.</summary>
    public Payment Reversed() => ReversalDue ? this with { ReversalDue = false } : this;

    /// <summary>
    /// The registration was cancelled: what the race's policy gives back of a confirmed one is owed; one that was never confirmed is voided, or, when it
    /// was charged meanwhile, wholly owed.
    /// </summary>
    public Payment RegistrationCancelled(bool wasConfirmed, int refundDue) => Status switch
    {
        PaymentStatus.Requested when !wasConfirmed => Void(),
        PaymentStatus.Completed when RefundAmount is null => Owe(wasConfirmed ? Math.Clamp(refundDue, 0, Amount) : Amount),
        _ => this,
    };

    /// <summary>The provider has paid back what was owed.</summary>
    public Payment Refunded() => Status is PaymentStatus.RefundDue
        ? this with { Status = PaymentStatus.Refunded, Version = Version + 1 }
        : this;

    private Payment Owe(int amount) => this with { Status = amount > 0 ? PaymentStatus.RefundDue : PaymentStatus.Completed, RefundAmount = amount };
}
