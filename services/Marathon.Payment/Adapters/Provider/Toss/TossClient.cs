using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Marathon.Payments.Application.Ports;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Payments.Adapters.Provider.Toss;

/// <summary>A payment as Toss tells it; the fields that matter here.</summary>
/// <param name="ApprovedAt">When it was captured; Toss leaves the fractions of the second out. Null while it is not.</param>
internal sealed record TossPayment(string? PaymentKey, string? OrderId, string? Status, long TotalAmount, long BalanceAmount, DateTimeOffset? ApprovedAt, TossError? Failure)
{
    /// <summary>Given back so far.</summary>
    public long GivenBack => TotalAmount - BalanceAmount;
}

/// <summary>Why not. Toss's message is for people and may name them, so it is not even read.</summary>
internal sealed record TossError(string? Code);

/// <summary>What Toss answered: a payment, or an error with a code.</summary>
internal readonly record struct TossReply(HttpStatusCode Status, TossPayment? Payment, string Code)
{
    /// <summary>For logs and people.</summary>
    public string Text => $"toss {(int)Status} {Code}".TrimEnd();
}

/// <summary>
/// The three calls of the Toss Payments API that are needed (docs.tosspayments.com/reference). No call is repeated here: whether it may be, and under
/// which key, is decided above. Throws when no answer came.
/// </summary>
internal sealed class TossClient(HttpClient http)
{
    /// <summary>Captures what the runner has agreed to in Toss's window.</summary>
    public Task<TossReply> ConfirmAsync(string paymentKey, string orderId, int amount, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(Post("/v1/payments/confirm", new { paymentKey, orderId, amount }, idempotencyKey), cancellationToken);

    /// <summary>
    /// Gives <paramref name="cancelAmount"/> back. Toss refuses when what is left of the payment is not <paramref name="refundableAmount"/>: somebody was faster.
    /// </summary>
    public Task<TossReply> CancelAsync(
        string paymentKey, long cancelAmount, long refundableAmount, string cancelReason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(Post($"/v1/payments/{Uri.EscapeDataString(paymentKey)}/cancel", new { cancelReason, cancelAmount, refundableAmount }, idempotencyKey), cancellationToken);

    /// <summary>The payment as it stands; null when Toss does not know it.</summary>
    public async Task<TossPayment?> FindAsync(string paymentKey, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1/payments/{Uri.EscapeDataString(paymentKey)}"), cancellationToken);
        if (reply.Payment is not null) return reply.Payment;
        return reply is { Status: HttpStatusCode.NotFound, Code: "NOT_FOUND_PAYMENT" } ? null : throw new ProviderException(reply.Text);
    }

    private static HttpRequestMessage Post(string path, object body, string idempotencyKey) => new(HttpMethod.Post, path)
    {
        Content = JsonContent.Create(body, options: MarathonJson.Options),
        Headers = { { "Idempotency-Key", idempotencyKey } },
    };

    private async Task<TossReply> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        using (var response = await http.SendAsync(request, cancellationToken))
        {
            try
            {
                if (!response.IsSuccessStatusCode)
                    return new TossReply(response.StatusCode, null, (await response.Content.ReadFromJsonAsync<TossError>(MarathonJson.Options, cancellationToken))?.Code ?? "");
                var payment = await response.Content.ReadFromJsonAsync<TossPayment>(MarathonJson.Options, cancellationToken);
                return new TossReply(response.StatusCode, payment ?? throw new JsonException(), "");
            }
            catch (JsonException) when (!response.IsSuccessStatusCode)
            {
                // A proxy's page, say.
                return new TossReply(response.StatusCode, null, "");
            }
            catch (JsonException)
            {
                throw new ProviderException("toss answered something that is no payment");
            }
        }
    }

    /// <summary>The secret key is the user; there is no password.</summary>
    public static AuthenticationHeaderValue Credential(string secretKey) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(secretKey + ":")));
}
