using System.Net;
using System.Net.Http.Json;
using Marathon.Registration.Application.Ports;
using Marathon.ServiceDefaults.Http;
using Polly;
using Polly.Timeout;

namespace Marathon.Registration.Adapters.Http;

/// <summary>
/// Payment over HTTP, through the resilience pipeline. Whatever goes wrong, the answer is Unknown: the money may have moved, and the resolver finds
/// out under the same key.
/// </summary>
public sealed class PaymentClient(HttpClient http, ILogger<PaymentClient> logger) : IPayments
{
    /// <inheritdoc/>
    public Task<PaymentOutcome> ChargeAsync(HeldRegistration registration, CancellationToken cancellationToken) => AskAsync("/charges", new Charge(
        registration.Id, registration.Number.Text, registration.Amount, registration.Race.Currency, registration.PaymentToken), cancellationToken);

    /// <inheritdoc/>
    public Task<PaymentOutcome> VoidAsync(HeldRegistration registration, CancellationToken cancellationToken) => AskAsync($"/charges/{registration.Id}/void", new Charge(
        registration.Id, registration.Number.Text, registration.Amount, registration.Race.Currency, null), cancellationToken);

    private async Task<PaymentOutcome> AskAsync(string path, Charge charge, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(path, charge, MarathonJson.Options, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                logger.LogWarning("Payment answered {Status} for registration {RegistrationId}", (int)response.StatusCode, charge.RegistrationId);
                return PaymentOutcome.Unknown;
            }
            return (await response.Content.ReadFromJsonAsync<Answer>(MarathonJson.Options, cancellationToken))?.Status switch
            {
                "COMPLETED" => PaymentOutcome.Completed,
                "DECLINED" => PaymentOutcome.Declined,
                "VOIDED" => PaymentOutcome.Voided,
                _ => PaymentOutcome.Unknown,
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutRejectedException or ExecutionRejectedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.LogWarning("Payment did not answer for registration {RegistrationId}: {Reason}", charge.RegistrationId, exception.Message);
            return PaymentOutcome.Unknown;
        }
    }

    private sealed record Charge(Guid RegistrationId, string Number, int Amount, string Currency, string? Token);

    private sealed record Answer(string Status);
}
