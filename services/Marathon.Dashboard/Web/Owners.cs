using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Dashboard.Web;

/// <summary>
/// What is typed into a form is a command, and goes on to the service that owns what it changes, as from whoever typed it: with their key or role, in their language. What that
/// service answers is what the page tells. (What pages show is never asked of anybody: docs/adr/0012.)
/// </summary>
internal sealed class Owners(IHttpClientFactory http)
{
    /// <summary>
    /// Under the gateway's five seconds, and above what registering takes at most, 4.3 s: giving up earlier would only mean not to know. Whatever is sent may be repeated, for it
    /// carries a key or says how things are to be; a replica that is gone is passed over so.
    /// </summary>
    public static HttpResilienceOptions Patience => new() { AttemptTimeout = 4500, TotalTimeout = 4600, Retries = 1 };

    private static readonly string[] Passed = ["Authorization", "Accept-Language", CallerHeaders.Account, CallerHeaders.Role, CallerHeaders.Network];

    /// <summary>The owner's answer; 503 and 504 also where there is none. When to come again after a refusal is passed on to whoever asks.</summary>
    /// <param name="from">Whose command it is.</param>
    /// <param name="method">Of the owner's call.</param>
    /// <param name="service">The owner.</param>
    /// <param name="path">Of its call.</param>
    /// <param name="body">As the call takes it.</param>
    /// <param name="idempotencyKey">Under which it may come twice and is done once.</param>
    public async Task<Reply> AskAsync(HttpRequest from, HttpMethod method, string service, string path, object body, string? idempotencyKey = null)
    {
        var answer = await SendAsync(from, method, service, path, body, idempotencyKey);
        answer.PassOnRetryAfter(from.HttpContext.Response);
        return answer;
    }

    private async Task<Reply> SendAsync(HttpRequest from, HttpMethod method, string service, string path, object body, string? idempotencyKey)
    {
        using var request = new HttpRequestMessage(method, new Uri($"http://{service}{path}")) { Content = JsonContent.Create(body, options: MarathonJson.Options) };
        foreach (var name in Passed)
            if (from.Headers.TryGetValue(name, out var value)) request.Headers.TryAddWithoutValidation(name, value.ToString());
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        try
        {
            using var answer = await http.CreateClient(service).SendAsync(request, from.HttpContext.RequestAborted);
            var text = await answer.Content.ReadAsByteArrayAsync(from.HttpContext.RequestAborted);
            return new Reply(service, (int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), answer.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (from.HttpContext.RequestAborted.IsCancellationRequested) { throw; }
        // Refused, or broken off on the way: whether anything was done is not known, and asking again with the same key does no harm.
        catch (Exception exception) when (exception is HttpRequestException or JsonException) { return new Reply(service, StatusCodes.Status503ServiceUnavailable, null, TimeSpan.FromSeconds(2)); }
        catch (Exception exception) when (exception is OperationCanceledException or Polly.ExecutionRejectedException) { return new Reply(service, StatusCodes.Status504GatewayTimeout, null, TimeSpan.FromSeconds(2)); }
    }
}
