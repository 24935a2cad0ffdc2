namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>The header <c>Idempotency-Key</c> of requests that would otherwise be done again when they are sent again.</summary>
internal static class RequestKey
{
    private const int Longest = 200;

    /// <summary>None where the caller has sent none; what is wrong with it goes into <paramref name="errors"/>.</summary>
    public static string? Read(HttpRequest request, Dictionary<string, FormattableString> errors)
    {
        if (request.Headers["Idempotency-Key"] is not [{ } key]) return null;
        if (key.Length is 0 or > Longest || key.Any(letter => letter is < '!' or > '~')) errors["Idempotency-Key"] = $"must be 1 to {Longest} printable ASCII characters";
        return key;
    }
}
