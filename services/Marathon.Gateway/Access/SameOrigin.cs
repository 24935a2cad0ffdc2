namespace Marathon.Gateway.Access;

/// <summary>
/// Whether a browser's request comes from a page of the gateway itself. Browsers say so, and no page can make them say otherwise:
/// <c>Sec-Fetch-Site</c> (W3C Fetch Metadata), and where that is missing <c>Origin</c> (RFC 6454), which they send with every request that may change something.
/// </summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>Browsers send one or the other with every POST; programs send neither.</summary>
    public static bool IsBrowser(this HttpRequest request) => request.Headers.ContainsKey(FetchSite) || request.Headers.Origin.Count > 0;

    public static bool IsSameOrigin(this HttpRequest request) =>
        request.Headers[FetchSite] is { Count: > 0 } site
            ? site == "same-origin"
            : Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin) && origin.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);

    /// <summary>A browser sends it for a page that is not the gateway's.</summary>
    public static bool IsOfAnotherSite(this HttpRequest request) => request.IsBrowser() && !request.IsSameOrigin();

    /// <summary>RFC 9110, 9.2.1: it only reads.</summary>
    public static bool IsSafe(this HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
}
