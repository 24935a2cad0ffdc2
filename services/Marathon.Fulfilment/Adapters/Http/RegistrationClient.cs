using System.Net;
using System.Net.Http.Json;
using Marathon.Fulfilment.Application.Ports;
using Marathon.ServiceDefaults.Http;
using Polly;
using Polly.Timeout;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>Registration over HTTP, through the resilience pipeline. Somebody stands at the desk and waits: it answers within the pipeline's time, or is said not to.</summary>
public sealed class RegistrationClient(HttpClient http, ILogger<RegistrationClient> logger) : IRegistrations
{
    /// <inheritdoc/>
    public async Task<Standing> StandingAsync(string number, string? accessKey, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.PostAsJsonAsync("/standings", new { number, accessKey }, MarathonJson.Options, cancellationToken);
            if (response.StatusCode is HttpStatusCode.NotFound) return Standing.Unknown;
            if (!response.IsSuccessStatusCode)
            {
                logger.LogWarning("Registration answered {Status} when asked how a registration stands", (int)response.StatusCode);
                return Standing.Unanswered;
            }
            return (await response.Content.ReadFromJsonAsync<Answer>(MarathonJson.Options, cancellationToken))?.Status switch
            {
                "REGISTERED" => Standing.Registered,
                "HELD" => Standing.Unpaid,
                _ => Standing.Ended,
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutRejectedException or ExecutionRejectedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.LogWarning("Registration did not say how a registration stands: {Reason}", exception.Message);
            return Standing.Unanswered;
        }
    }

    private sealed record Answer(Guid RegistrationId, string Status);
}
