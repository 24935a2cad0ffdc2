using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marathon.ServiceDefaults.Http;

/// <summary>Errors as RFC 9457 problem details with a stable <c>code</c>: what happened, and what to do.</summary>
public static class Problems
{
    /// <summary>A problem. <paramref name="code"/> is for programs and never changes; <paramref name="detail"/> is for people.</summary>
    public static ProblemHttpResult Problem(int status, string code, string detail, IDictionary<string, object?>? extensions = null) =>
        Problem(new ProblemDetails { Detail = detail }, status, code, extensions);

    /// <summary>The same, with values in what people read: they stand where the reader's language has them.</summary>
    public static ProblemHttpResult ProblemWith(int status, string code, FormattableString detail, IDictionary<string, object?>? extensions = null) =>
        Problem(new ValuedProblem(detail), status, code, extensions);

    private static ProblemHttpResult Problem(ProblemDetails problem, int status, string code, IDictionary<string, object?>? extensions)
    {
        (problem.Status, problem.Title) = (status, ReasonPhrases.GetReasonPhrase(status));
        problem.Extensions["code"] = code;
        foreach (var (name, value) in extensions ?? new Dictionary<string, object?>()) problem.Extensions[name] = value;
        return TypedResults.Problem(problem);
    }

    /// <summary>422 <c>invalid</c>, naming every wrong field.</summary>
    public static ProblemHttpResult Invalid(IReadOnlyDictionary<string, FormattableString> errors) =>
        Problem(StatusCodes.Status422UnprocessableEntity, "invalid", "Some fields are wrong. Correct them and send the request again.",
            new Dictionary<string, object?> { ["errors"] = new FieldErrors(errors) });

    /// <summary>404 <c>not-found</c>: also the answer to a wrong access key, so that nobody learns which numbers exist.</summary>
    public static ProblemHttpResult NotFound(string detail = "There is nothing here under this number and key.") =>
        Problem(StatusCodes.Status404NotFound, "not-found", detail);

    internal static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.AddExceptionHandler<ExceptionProblems>();
        return services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
            context.ProblemDetails.Type = null;
            context.ProblemDetails.Extensions.TryAdd("code", CodeOf(status));
            var language = Languages.Of(context.HttpContext.Request);
            if (context.ProblemDetails is ValuedProblem valued) valued.Detail = Phrases.In(language, valued.Said);
            else if (context.ProblemDetails.Detail is { } detail) context.ProblemDetails.Detail = Phrases.In(language, detail);
            if (context.ProblemDetails.Extensions.TryGetValue("errors", out var errors) && errors is FieldErrors wrong) context.ProblemDetails.Extensions["errors"] = wrong.In(language);
        });
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "malformed",
        StatusCodes.Status401Unauthorized => "unauthorized",
        StatusCodes.Status404NotFound => "not-found",
        StatusCodes.Status405MethodNotAllowed => "method-not-allowed",
        StatusCodes.Status413PayloadTooLarge => "too-large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported-media-type",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        < 500 => "refused",
        _ => "internal",
    };
}

/// <summary>A problem whose detail has values in it: in English, until it is known who asks.</summary>
internal sealed class ValuedProblem : ProblemDetails
{
    public ValuedProblem(FormattableString said) => (Said, Detail) = (said, FormattableString.Invariant(said));

    [JsonIgnore] public FormattableString Said { get; }
}

/// <summary>
/// What binding a request throws is the caller's mistake and says which field; anything else is ours, is logged, and tells the
/// caller nothing of the inside.
/// </summary>
internal sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var answer = exception switch
        {
            BadHttpRequestException { InnerException: JsonException json } => OfJson(json),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.ProblemWith(413, "too-large",
                $"The body is larger than {RequestLimits.BodyBytes / 1024} KiB."),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Problems.Problem(415,
                "unsupported-media-type", "Send the body as application/json in UTF-8."),
            _ when DatabaseFaults.WillPass(exception) => Problems.Problem(503, "unavailable", "The service cannot answer right now. Try again in a few seconds."),
            BadHttpRequestException bad when Unbound().Match(bad.Message) is { Success: true } parameter => Problems.Invalid(
                // One of those that are taken together is called as the property is, whose name is the parameter's but for the first letter.
                new Dictionary<string, FormattableString> { [JsonNamingPolicy.CamelCase.ConvertName(parameter.Groups["name"].Value)] = $"has the wrong type" }),
            BadHttpRequestException bad => Problems.ProblemWith(bad.StatusCode, "malformed", $"The request could not be read: {bad.Message}"),
            _ => null,
        };
        if (answer is { StatusCode: 503 })
        {
            logger.LogWarning("{Method} {Route} is answered 503: {Reason}", context.Request.Method, context.GetEndpoint()?.DisplayName, exception.Message);
            context.Response.Headers.RetryAfter = "3";
        }
        if (answer is null)
        {
            logger.LogError(exception, "{Method} {Route} failed", context.Request.Method, context.GetEndpoint()?.DisplayName);
            answer = Problems.Problem(500, "internal", "Something went wrong on our side. Nothing is lost: the same request may be sent again.");
        }
        await answer.ExecuteAsync(context);
        return true;
    }

    /// <summary>Not JSON at all is 400; JSON of the wrong type is 422 and names the field.</summary>
    private static ProblemHttpResult OfJson(JsonException json) =>
        json.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal)
            ? Problems.Invalid(new Dictionary<string, FormattableString> { [path[2..]] = $"has the wrong type" })
            : Problems.Problem(400, "malformed", "The body is not valid JSON.");

    /// <summary>A value of the address or a header that is not of its type. .NET names the parameter nowhere else.</summary>
    [GeneratedRegex("^Failed to bind parameter \"[^\"]* (?<name>\\w+)\" from ")]
    private static partial Regex Unbound();
}
