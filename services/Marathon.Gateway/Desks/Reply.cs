using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Desks;

/// <summary>What a service has answered.</summary>
/// <param name="Service">Which.</param>
/// <param name="Status">Null: it does not answer just now.</param>
/// <param name="Body">What it said; null when there is nothing that can be read.</param>
public sealed record Reply(string Service, HttpStatusCode? Status, JsonNode? Body)
{
    public bool IsSuccess => (int?)Status is >= 200 and < 300;

    /// <summary>A problem's stable code.</summary>
    public string? Code => Text("code");

    /// <summary>What a problem says to people, in their language.</summary>
    public string? Detail => Text("detail");

    /// <summary>What is wrong with each field, by its name in the call.</summary>
    public IReadOnlyDictionary<string, string> Errors => (Body as JsonObject)?["errors"] is JsonObject errors
        ? errors.ToDictionary(error => error.Key, error => error.Value is JsonArray several ? string.Join(' ', several) : error.Value?.ToString() ?? "")
        : new Dictionary<string, string>();

    /// <summary>What it answered; null when it refused, or said something else.</summary>
    public T? As<T>() where T : class
    {
        try
        {
            return IsSuccess ? Body.Deserialize<T>(MarathonJson.Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A refusal, for a program that has asked for a page: as it was told, or by its status.</summary>
    public IResult ForPrograms => Code is not null ? Results.Json(Body, contentType: "application/problem+json", statusCode: (int)Status!) : Results.StatusCode((int?)Status ?? StatusCodes.Status503ServiceUnavailable);

    /// <summary>A number that a problem carries.</summary>
    public long? Number(string name) => (Body as JsonObject)?[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private string? Text(string name) => (Body as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}

/// <summary>
/// The console is a program like any other: it calls what <see cref="PublicApi"/> lists, as whoever looks at the page, who may make no other calls here than elsewhere.
/// </summary>
internal static class Calls
{
    /// <summary>
    /// Under a page's five seconds. A thousand kits are sent in one call: giving up on it early would only mean not to know. What is sent again carries a key or says how things are to be.
    /// </summary>
    public static HttpResilienceOptions Patience => new() { AttemptTimeout = 4000, TotalTimeout = 4500, Retries = 1 };

    /// <summary>Whether whoever looks at the page may make this call.</summary>
    public static bool May(this HttpContext context, string method, string path) =>
        Caller.Of(context) is { } caller && PublicApi.Routes.Single(route => route.Method == method && route.Path == path).Who.HasFlag(caller.Account.Role);

    /// <summary>Makes a call as whoever looks at the page.</summary>
    /// <param name="context">The request for the page.</param>
    /// <param name="method">Of the call.</param>
    /// <param name="path">As <see cref="PublicApi"/> has it.</param>
    /// <param name="address">The path with its parameters filled in, and a query; null: it has none.</param>
    /// <param name="body">What the call takes, if anything; a text where it takes no JSON.</param>
    /// <param name="key">Under which it may come twice and is done once.</param>
    public static async Task<Reply> CallAsync(this HttpContext context, string method, string path, string? address = null, object? body = null, string? key = null)
    {
        var route = PublicApi.Routes.Single(route => route.Method == method && route.Path == path);
        if (!context.May(method, path)) return new Reply(route.Service, HttpStatusCode.Forbidden, null);
        var (status, answer) = await context.RequestServices.GetRequiredService<IHttpClientFactory>().AskAsync(new HttpMethod(method), route.Service, address ?? path, context, request =>
        {
            request.Content = body switch
            {
                null => null,
                string text => new StringContent(text, Encoding.UTF8, route.Takes),
                _ => JsonContent.Create(body, options: MarathonJson.Options),
            };
            if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        });
        return new Reply(route.Service, status, answer);
    }
}
