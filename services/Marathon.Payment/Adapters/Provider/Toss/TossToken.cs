namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>
/// What the page gives us as <c>payment.token</c>: the <c>paymentKey</c> that Toss's window returned, after the <c>orderId</c> that the page had opened it
/// with, <c>orderId:paymentKey</c>. The payment key alone, where the page knew the registration's id and used that.
/// </summary>
internal readonly record struct TossToken(string OrderId, string PaymentKey)
{
    /// <summary>Toss's own limits.</summary>
    private const int ShortestOrderId = 6, LongestOrderId = 64, LongestPaymentKey = 200;

    /// <summary>Null when it can be no payment of Toss's.</summary>
    public static TossToken? Parse(string? token, Guid registrationId)
    {
        if (token is null) return null;
        var colon = token.IndexOf(':');
        var read = colon < 0 ? new TossToken(registrationId.ToString(), token) : new TossToken(token[..colon], token[(colon + 1)..]);
        return read.OrderId.Length is >= ShortestOrderId and <= LongestOrderId && read.OrderId.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '=')
            && read.PaymentKey.Length is > 0 and <= LongestPaymentKey && read.PaymentKey.All(letter => letter is > ' ' and <= '~')
            ? read : null;
    }
}
