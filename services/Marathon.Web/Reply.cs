using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Web;

/// <summary>What a service has answered.</summary>
/// <param name="Service">Which.</param>
/// <param name="Status">Of HTTP; 503 or 504 also where there is no answer, or none that can be read.</param>
/// <param name="Body">JSON; null where nothing was said that can be read.</param>
/// <param name="RetryAfter">When to come again, if that was said.</param>
public sealed record Reply(string Service, int Status, JsonNode? Body, TimeSpan? RetryAfter = null)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>It does not answer just now.</summary>
    public bool IsSilent => Status >= 500 && Body is null;

    /// <summary>A problem's stable code.</summary>
    public string? Code => Text("code");

    /// <summary>What a problem says to people, in the language of whoever asked.</summary>
    public string? Detail => Text("detail");

    /// <summary>What is wrong with each field, by its name in the call.</summary>
    public IReadOnlyDictionary<string, string> Errors => (Body as JsonObject)?["errors"] is JsonObject errors
        ? errors.ToDictionary(error => error.Key, error => error.Value?.ToString() ?? "")
        : new Dictionary<string, string>();

    /// <summary>When to come again after a refusal, if that was said, is passed on to whoever asked.</summary>
    public void PassOnRetryAfter(HttpResponse response)
    {
        if (!IsSuccess && RetryAfter is { } wait) response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }

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

    /// <summary>A text of the answer.</summary>
    public string? Text(string name) => (Body as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A number of the answer.</summary>
    public long? Number(string name) => (Body as JsonObject)?[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;
}
