using System.Net;

namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>What an error of Toss's means for a charge.</summary>
internal enum TossVerdict
{
    /// <summary>Refused; nothing is captured, and nothing will be.</summary>
    Declined,

    /// <summary>Decided before, or being decided: ask.</summary>
    Ask,

    /// <summary>Nothing is decided: ask, and if it still is not, charge again. Everything that is not known for certain belongs here.</summary>
    Again,

    /// <summary>Our shop is set up wrongly: no fault of the runner's, who is not to be told that the card was refused.</summary>
    Ours,
}

/// <summary>
/// Toss's codes (docs.tosspayments.com/reference/error-codes) in our words. The status alone says little: 400 is a refused card as well as a passing
/// fault at the bank.
/// </summary>
internal static class TossErrors
{
    public const string AlreadyProcessed = "ALREADY_PROCESSED_PAYMENT";

    public static TossVerdict OfConfirm(HttpStatusCode status, string code) => code switch
    {
        AlreadyProcessed or "IDEMPOTENT_REQUEST_PROCESSING" or "DUPLICATED_ORDER_ID" => TossVerdict.Ask,
        "UNAUTHORIZED_KEY" or "INVALID_API_KEY" or "INCORRECT_BASIC_AUTH_FORMAT" or "INVALID_AUTHORIZE_AUTH" or "NOT_FOUND_TERMINAL_ID"
            or "INVALID_UNREGISTERED_SUBMALL" or "NOT_REGISTERED_BUSINESS" or "INVALID_IDEMPOTENCY_KEY" => TossVerdict.Ours,
        _ when status is HttpStatusCode.Unauthorized => TossVerdict.Ours,
        _ when status < HttpStatusCode.InternalServerError && Reason(code) is not null => TossVerdict.Declined,
        _ => TossVerdict.Again,
    };

    /// <summary>The reason we tell for a refusal; null for a code that is not known to be one.</summary>
    public static string? Reason(string? code) => code switch
    {
        "REJECT_CARD_PAYMENT" or "REJECT_ACCOUNT_PAYMENT" => "insufficient-funds",
        "EXCEED_MAX_AMOUNT" or "EXCEED_MAX_PAYMENT_AMOUNT" or "EXCEED_MAX_DAILY_PAYMENT_COUNT" or "EXCEED_MAX_ONE_DAY_AMOUNT"
            or "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT" or "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT" or "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT" => "limit-exceeded",
        "INVALID_CARD_EXPIRATION" => "card-expired",
        "INVALID_CARD_LOST_OR_STOLEN" or "INVALID_STOPPED_CARD" or "INVALID_REJECT_CARD" or "REJECT_CARD_COMPANY" or "INVALID_CARD_NUMBER" => "card-declined",
        "INVALID_PASSWORD" or "EXCEED_MAX_AUTH_COUNT" or "FDS_ERROR" => "authentication-failed",
        "NOT_AVAILABLE_BANK" or "NOT_AVAILABLE_PAYMENT" => "bank-closed",
        "NOT_FOUND_PAYMENT_SESSION" or "NOT_FOUND_PAYMENT" or "EXPIRED_PAYMENT" => "payment-expired",
        "PAY_PROCESS_CANCELED" or "PAY_PROCESS_ABORTED" => "payment-abandoned",
        "INVALID_REQUEST" or "FORBIDDEN_REQUEST" or "UNAPPROVED_ORDER_ID" => "payment-differs",
        "BELOW_MINIMUM_AMOUNT" or "NOT_ALLOWED_POINT_USE" or "EXCEED_MAX_CARD_INSTALLMENT_PLAN" or "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT"
            or "INVALID_CARD_INSTALLMENT_PLAN" or "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN" or "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT"
            or "RESTRICTED_TRANSFER_ACCOUNT" or "INVALID_ACCOUNT_INFO_RE_REGISTER" or "REJECT_TOSSPAY_INVALID_ACCOUNT" => "method-not-supported",
        _ => null,
    };
}
