using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Marathon.ServiceDefaults.Http;

/// <summary>The languages that people are addressed in: Korean, unless English is asked for first.</summary>
public static class Languages
{
    /// <summary>Their names.</summary>
    public const string Korean = "ko", English = "en";

    /// <summary>By <c>Accept-Language</c>; a header that cannot be read counts as none.</summary>
    public static string Of(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out var languages)
            ? languages.OrderByDescending(language => language.Quality ?? 1)
                .Select(language => language.Value.ToString().Split('-')[0].ToLowerInvariant())
                .FirstOrDefault(language => language is Korean or English) ?? Korean
            : Korean;
}
