using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marathon.ServiceDefaults.Http;

/// <summary>The header <c>Idempotency-Key</c> of requests that would otherwise be done again when they are sent again.</summary>
public static class RequestKey
{
    private const string Header = "Idempotency-Key";
    private const int Longest = 200;

    /// <summary>Null where the caller has sent none; what is wrong with it goes into <paramref name="errors"/>.</summary>
    public static string? Read(HttpRequest request, IDictionary<string, FormattableString> errors)
    {
        if (!request.Headers.TryGetValue(Header, out var values)) return null;
        var key = values.ToString();
        if (key.Length is 0 or > Longest || key.Any(symbol => symbol is < '!' or > '~')) errors[Header] = $"must be 1 to {Longest} printable ASCII characters";
        return key;
    }

    /// <summary>409 <c>idempotency-key-reused</c>: something else was done under the key.</summary>
    public static ProblemHttpResult Reused() =>
        Problems.Problem(StatusCodes.Status409Conflict, "idempotency-key-reused", "This Idempotency-Key was used for another request. Use a new key.");
}
