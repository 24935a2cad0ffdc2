using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;

namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>
/// Toss Payments. The runner agrees to the payment in Toss's window; we capture it (<c>confirm</c>), at most once since a payment key can be captured
/// once only, and give it back (<c>cancel</c>). Whatever answer is not a plain yes is checked by asking for the payment as it stands.
/// </summary>
internal sealed class TossProvider(TossClient toss, TossOrders orders, ILogger<TossProvider> logger) : IPaymentProvider
{
    private const string Currency = "KRW", CancelReason = "registration cancelled";

    /// <summary>By which Toss's clock and our database's may differ, its fractions of a second included.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken)
    {
        if (currency != Currency) return new ProviderAnswer.Declined("currency-not-supported");
        if (TossToken.Parse(token, key) is not { } read) return new ProviderAnswer.Declined("token-invalid");
        if (await orders.OpenAsync(key, read, amount, cancellationToken) is not { } order) return new ProviderAnswer.Declined("token-used");
        if (order is not { Closed: false, PaymentKey: { } paymentKey, OrderId: { } orderId }) return new ProviderAnswer.Declined("cancelled");

        var reply = await toss.ConfirmAsync(paymentKey, orderId, order.Amount, $"{key:N}-confirm-{order.Confirmations}", cancellationToken);
        var verdict = reply.Payment is null ? TossErrors.OfConfirm(reply.Status, reply.Code) : TossVerdict.Ask;
        if (reply.Payment is not null) await orders.ConfirmedAsync(key, cancellationToken);
        if (verdict is TossVerdict.Ours) logger.LogError("Toss does not accept our shop: {Reply}", reply.Text);
        if (verdict is TossVerdict.Again or TossVerdict.Ours) await orders.NextConfirmationAsync(key, order, cancellationToken);
        // A refusal is no proof that no money moved: it may answer the repeat of a charge that succeeded.
        var payment = reply.Payment ?? await toss.FindAsync(paymentKey, cancellationToken);
        // Toss repeats its first answer to a key. So who is told at the first key that it was processed already has not done it.
        var isOurs = reply.Payment is not null || ((reply.Code, order.Confirmations) is not (TossErrors.AlreadyProcessed, 0) && MayBeOurs(key, order, payment));
        return await JudgeAsync(key, order, payment, isOurs, cancellationToken)
            ?? (verdict is TossVerdict.Declined ? new ProviderAnswer.Declined(TossErrors.Reason(reply.Code)!) : throw new ProviderException(reply.Text));
    }

    /// <inheritdoc/>
    public async Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        if (await orders.FindAsync(key, cancellationToken) is not { } order) return null;
        if (order.PaymentKey is not { } paymentKey) return new ProviderAnswer.Declined("cancelled");
        var payment = await toss.FindAsync(paymentKey, cancellationToken);
        return await JudgeAsync(key, order, payment, MayBeOurs(key, order, payment), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> CancelAsync(Guid key, int amount, CancellationToken cancellationToken)
    {
        var order = await orders.CloseAsync(key, cancellationToken);
        if (order.PaymentKey is null || await toss.FindAsync(order.PaymentKey, cancellationToken) is not { } payment || !IsOf(order, payment) || !MayBeOurs(key, order, payment)) return 0;
        switch (payment.Status)
        {
            case "DONE" or "PARTIAL_CANCELED" or "WAITING_FOR_DEPOSIT":
                return await GiveBackAsync(key, order, payment, amount, cancellationToken);
            case "CANCELED":
                return payment.TotalAmount;
            case "ABORTED" or "EXPIRED":
                return 0;
            default:
                // A confirmation of ours may still be on its way there. Toss itself ends what is not confirmed after 30 minutes.
                throw new ProviderException($"toss {payment.Status}: not ended yet");
        }
    }

    /// <summary>What the payment as it stands means for the charge; null when nothing is decided.</summary>
    private async Task<ProviderAnswer?> JudgeAsync(Guid key, TossOrder order, TossPayment? payment, bool isOurs, CancellationToken cancellationToken)
    {
        if (payment is null) return null;
        if (!IsOf(order, payment)) return new ProviderAnswer.Declined("payment-differs");
        switch (payment.Status)
        {
            case "DONE" or "PARTIAL_CANCELED" when !isOurs:
                return new ProviderAnswer.Declined("payment-differs");
            case "DONE" or "PARTIAL_CANCELED" when payment.TotalAmount != order.Amount:
                // Nothing that we confirmed. It is neither a payment for the place nor money that we may keep: the void that follows gives it back.
                throw new ProviderException($"toss {payment.Status}: of another amount");
            case "DONE" or "PARTIAL_CANCELED":
                return new ProviderAnswer.Captured(order.PaymentKey!);
            case "CANCELED":
                return new ProviderAnswer.Declined("cancelled");
            case "ABORTED" or "EXPIRED":
                return new ProviderAnswer.Declined(TossErrors.Reason(payment.Failure?.Code) ?? "payment-expired");
            case "WAITING_FOR_DEPOSIT":
                // The runner would pay into an account some day; no place is kept that long.
                await GiveBackAsync(key, order, payment, payment.TotalAmount, cancellationToken);
                return new ProviderAnswer.Declined("method-not-supported");
            default:
                return null;
        }
    }

    /// <summary>
    /// Once, however often it is tried: what went back already is counted at Toss, the idempotency key stays until Toss has answered, and Toss refuses when
    /// another attempt of ours changed what is left. Returns what has gone back in all.
    /// </summary>
    private async Task<long> GiveBackAsync(Guid key, TossOrder order, TossPayment payment, long amount, CancellationToken cancellationToken)
    {
        var due = Math.Min(amount, payment.TotalAmount);
        if (payment.GivenBack >= due) return payment.GivenBack;
        var reply = await toss.CancelAsync(
            order.PaymentKey!, due - payment.GivenBack, payment.BalanceAmount, CancelReason, $"{key:N}-cancel-{due}-{order.Cancellations}", cancellationToken);
        if (reply.Payment is { } after && (after.GivenBack >= due || after.Status is "CANCELED")) return due;
        if (reply.Code != "IDEMPOTENT_REQUEST_PROCESSING") await orders.NextCancellationAsync(key, order, cancellationToken);
        throw new ProviderException(reply.Text);
    }

    /// <summary>Payment keys come from a page: one may name a stranger's payment.</summary>
    private static bool IsOf(TossOrder order, TossPayment payment) => payment.OrderId == order.OrderId && payment.PaymentKey == order.PaymentKey;

    /// <summary>
    /// Or one of the runner's own, for something else that the organiser's shop sells. The order is written before we confirm: what was captured before that was not captured by us,
    /// pays for no place, and is not ours to give back.
    /// </summary>
    private bool MayBeOurs(Guid key, TossOrder order, TossPayment? payment)
    {
        if (order.Confirmed || payment?.ApprovedAt is not { } captured || captured >= order.At - Skew) return true;
        logger.LogWarning("What is to pay for {RegistrationId} was captured at Toss {Seconds:0} s before we asked for it: it is left alone, as a payment for something else",
            key, (order.At - captured).TotalSeconds);
        return false;
    }
}
