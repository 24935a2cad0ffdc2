using System.Text.Json;
using System.Text.RegularExpressions;
using Marathon.Chaos;

namespace Marathon.Fuzz;

/// <summary>What is wrong with an answer, whatever the request was.</summary>
internal static partial class Verdict
{
    /// <summary>The gateway's own deadline is five seconds; as much again for the way there and back.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>In words; null when nothing is.</summary>
    public static string? Of(RawRequest request, RawAnswer answer)
    {
        if (answer.Took > Deadline) return $"hangs: no end after {answer.Took.TotalSeconds:N1} s";
        if (answer.Status is not { } status) return request.MayBeCut ? null : "no answer";
        if (!answer.IsWhole) return request.MayBeCut ? null : "half an answer";
        if (answer.Header("X-Injected") is not null) return "a header of the request's making";
        if (status < 400) return null;

        // Whoever says that they wait for a page gets one, and in a form what they have typed.
        var isPage = request.Headers.Any(header => header.Name == "Accept" && header.Value.Contains("text/html", StringComparison.Ordinal))
            && answer.Header("Content-Type")?.StartsWith("text/html", StringComparison.Ordinal) == true && answer.Body.Contains("<main id=\"main\"", StringComparison.Ordinal);
        var problem = Problem(answer);
        // Come again: said at once by who has too much to do, and by the desk when who it asks is too slow for its second, as one that has just started may be.
        var isBusy = status == 503 && (isPage || problem is "overloaded" or "not-settled-yet" or "registration-unavailable") && answer.Header("Retry-After") is not null;
        // 505 is how HTTP says that it does not know the version.
        var isOurFault = status >= 500 && !isBusy && !(status == 505 && request.IsNoHttp);
        if (isOurFault) return $"{status} {problem}";
        if (!isPage && Planted.In(answer.Body) is { } planted) return $"{status} tells a personal value: {planted}";
        if (Inside().Match(answer.Body) is { Success: true } inside) return $"{status} tells of the inside: {inside.Value}";
        var isBare = request.Method == "HEAD" || (request.MayBeRefusedBare && answer.Body.Length == 0);
        return problem is null && !isBare && !isPage ? $"{status} is no problem with a code: {answer.Header("Content-Type")} {answer.Body}" : null;
    }

    /// <summary>Too slow, or a deadline of the gateway's that something was too slow for.</summary>
    public static bool IsOfTime(RawAnswer answer) => answer.Took > Deadline || answer.Status == 504 || (answer.Status == 503 && Problem(answer) == "unavailable");

    /// <summary>The code of a problem; null when the answer is none.</summary>
    private static string? Problem(RawAnswer answer)
    {
        if (answer.Header("Content-Type")?.StartsWith("application/problem+json", StringComparison.OrdinalIgnoreCase) != true) return null;
        try
        {
            using var problem = JsonDocument.Parse(answer.Body);
            return problem.RootElement.GetProperty("code").GetString();
        }
        catch (Exception broken) when (broken is JsonException or KeyNotFoundException or InvalidOperationException) { return null; }
    }

    // A stack trace, a type, a statement, a folder.
    [GeneratedRegex(@"\n\s+at \w|Exception|Npgsql|Microsoft\.|System\.|Marathon\.\w|SELECT .* FROM|INSERT INTO|violates|/(services|work|tmp|home)/")]
    private static partial Regex Inside();
}
