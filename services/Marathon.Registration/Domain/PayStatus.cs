namespace Marathon.Registration.Domain;

/// <summary>What Registration knows of the payment, as the API says it. Payment itself is the authority.</summary>
public static class PayStatus
{
    /// <summary>No answer yet.</summary>
    public const string Pending = "PAYMENT_PENDING";

    /// <summary>Captured.</summary>
    public const string Completed = "COMPLETED";

    /// <summary>Refused by the provider.</summary>
    public const string Declined = "DECLINED";

    /// <summary>Never to be charged.</summary>
    public const string Voided = "VOIDED";

    /// <summary>Some or all of it is to be paid back.</summary>
    public const string RefundDue = "REFUND_DUE";

    /// <summary>Paid back.</summary>
    public const string Refunded = "REFUNDED";
}
