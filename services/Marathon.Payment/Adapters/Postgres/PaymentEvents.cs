using Marathon.Contracts;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Adapters.Postgres;

/// <summary>Which event a change is, for the others.</summary>
internal static class PaymentEvents
{
    public static PaymentEvent? Of(Change change) => change.After.Version == (change.Before?.Version ?? 0) ? null : Of(change.After, change.At);

    private static PaymentEvent? Of(Payment payment, DateTimeOffset at) => payment.Status switch
    {
        PaymentStatus.Completed => new PaymentCompleted
        {
            RegistrationId = payment.RegistrationId, Number = payment.Number, Amount = payment.Amount, Currency = payment.Currency, At = at,
            ProviderReference = payment.ProviderReference!,
        },
        PaymentStatus.Declined => new PaymentDeclined
        {
            RegistrationId = payment.RegistrationId, Number = payment.Number, Amount = payment.Amount, Currency = payment.Currency, At = at,
            Reason = payment.Reason!,
        },
        PaymentStatus.Voided => new PaymentVoided
        {
            RegistrationId = payment.RegistrationId, Number = payment.Number, Amount = payment.Amount, Currency = payment.Currency, At = at,
        },
        PaymentStatus.Refunded => new PaymentRefunded
        {
            RegistrationId = payment.RegistrationId, Number = payment.Number, Amount = payment.RefundAmount!.Value, Currency = payment.Currency, At = at,
        },
        _ => null,
    };
}
