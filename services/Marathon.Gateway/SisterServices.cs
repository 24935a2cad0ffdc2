using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Gateway;

/// <summary>Asking a service as whoever makes a request here.</summary>
internal static class SisterServices
{
    /// <summary>
    /// What the service answers to whoever makes this request; 503 without a body where it does not answer, or says nothing that can be read. Whatever else goes wrong is ours, and is told and logged as that.
    /// </summary>
    /// <exception cref="OperationCanceledException">Whoever makes this request has left, or its time is over.</exception>
    public static async Task<Reply> AskAsync(
        this IHttpClientFactory http, HttpMethod method, string service, string path, HttpContext context, Action<HttpRequestMessage>? prepare = null)
    {
        var cancellationToken = context.RequestAborted;
        using var request = new HttpRequestMessage(method, new Uri($"http://{service}{path}"));
        Caller.Present(context, request);
        // What they refuse is told as they said it.
        request.Headers.TryAddWithoutValidation("Accept-Language", (IEnumerable<string?>)context.Request.Headers.AcceptLanguage);
        prepare?.Invoke(request);
        try
        {
            using var answer = await http.CreateClient(service).SendAsync(request, cancellationToken);
            return new Reply(service, (int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken)), answer.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { throw; }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or OperationCanceledException or Polly.ExecutionRejectedException)
        {
            return new Reply(service, StatusCodes.Status503ServiceUnavailable, null);
        }
    }

    /// <summary>503: the service that was asked says nothing.</summary>
    public static IResult Silent(string service) => Problems.ProblemWith(
        StatusCodes.Status503ServiceUnavailable, "unavailable", $"{service} does not answer just now. Send the same request again in a moment.");
}
