using System.Net;
using System.Net.Http.Json;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Application.Resolving;
using Marathon.ServiceDefaults.Http;
using Polly;
using Polly.Timeout;

namespace Marathon.Registration.Adapters.Http;

/// <summary>
/// Payment over HTTP, through the resilience pipeline. Whatever goes wrong, the answer is Unknown: the money may have moved, and the resolver finds
/// out under the same key.
/// </summary>
/// <param name="http">Knows where Payment is.</param>
/// <param name="logger">Told why an outcome is not known.</param>
/// <param name="inBackground">No runner waits for the answer.</param>
public sealed class PaymentClient(HttpClient http, ILogger<PaymentClient> logger, bool inBackground) : IPayments
{
    /// <summary>
    /// A runner at the door waits as for any other call, and where charges take longer, they are soon not even begun there: the circuit is open. Who waits in the background waits a
    /// little longer than Payment's own <c>Payment:Patience</c>, and so learns what came of each charge; what is not known by then is asked for again when its lease is over.
    /// The circuit there opens only when next to nothing is answered: where one of two replicas hangs, the other goes on.
    /// </summary>
    public static HttpResilienceOptions Patience => new()
    {
        Background = new() { AttemptTimeout = 2500, TotalTimeout = 3000, Retries = 0, BreakAtFailureRatio = 0.9, BreakDuration = 1000, Concurrency = 256 },
    };

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
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(charge, options: MarathonJson.Options) };
            if (inBackground) request.Options.Set(HttpResilience.InBackground, true);
            using var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                logger.Log(Level, "Payment answered {Status} for registration {RegistrationId}", (int)response.StatusCode, charge.RegistrationId);
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
            logger.Log(Level, "Payment did not answer for registration {RegistrationId}: {Reason}", charge.RegistrationId, exception.Message);
            return PaymentOutcome.Unknown;
        }
    }

    /// <summary>In the background all are asked about again and again, and the resolver says how many.</summary>
    private LogLevel Level => inBackground ? LogLevel.Debug : LogLevel.Warning;

    private sealed record Charge(Guid RegistrationId, string Number, int Amount, string Currency, string? Token);

    private sealed record Answer(string Status);
}

internal static class PaymentClients
{
    /// <summary>For whoever registers; and with more patience for the resolver, which goes on whatever the circuit of the others does.</summary>
    public static void AddPayments(this IServiceCollection services)
    {
        services.AddHttpClient(ServiceNames.Payment, http => http.BaseAddress = new Uri($"http://{ServiceNames.Payment}"));
        services.AddTransient<IPayments>(provider => Client(provider, inBackground: false));
        services.AddTransient(provider => ActivatorUtilities.CreateInstance<ResolveRegistrationsHandler>(provider, Client(provider, inBackground: true)));

        static PaymentClient Client(IServiceProvider services, bool inBackground) =>
            new(services.GetRequiredService<IHttpClientFactory>().CreateClient(ServiceNames.Payment), services.GetRequiredService<ILogger<PaymentClient>>(), inBackground);
    }
}
