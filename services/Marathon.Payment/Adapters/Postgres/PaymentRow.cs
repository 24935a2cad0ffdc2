using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Payments.Adapters.Postgres;

/// <summary>A payment as a row.</summary>
internal static class PaymentRow
{
    public const string Columns =
        "registration_id, payment_id, number, amount, currency, token, status, version, provider_reference, reason, reversal_due, refund_amount";

    public static async Task<List<Payment>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var payments = new List<Payment>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            payments.Add(Payment.Restore(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetInt32(3), rows.GetString(4), rows.TextOrNull(5), Status(rows.GetString(6)), rows.GetInt32(7),
                rows.TextOrNull(8), rows.TextOrNull(9), rows.GetBoolean(10), rows.ValueOrNull<int>(11)));
        return payments;
    }

    public static string Name(PaymentStatus status) => status switch
    {
        PaymentStatus.Requested => "REQUESTED",
        PaymentStatus.Completed => "COMPLETED",
        PaymentStatus.Declined => "DECLINED",
        PaymentStatus.Voided => "VOIDED",
        PaymentStatus.RefundDue => "REFUND_DUE",
        _ => "REFUNDED",
    };

    public static PaymentStatus Status(string name) => name switch
    {
        "REQUESTED" => PaymentStatus.Requested,
        "COMPLETED" => PaymentStatus.Completed,
        "DECLINED" => PaymentStatus.Declined,
        "VOIDED" => PaymentStatus.Voided,
        "REFUND_DUE" => PaymentStatus.RefundDue,
        "REFUNDED" => PaymentStatus.Refunded,
        _ => throw new InvalidOperationException($"{name} is no state of a payment."),
    };
}
