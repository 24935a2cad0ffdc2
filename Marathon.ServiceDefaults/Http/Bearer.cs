using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Marathon.ServiceDefaults.Http;

/// <summary>What a runner presents: the access key in the header <c>Authorization: Bearer …</c></summary>
public static class Bearer
{
    /// <summary>The key, whether or not it opens anything; null where the caller has sent none.</summary>
    public static string? Of(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization)
        && authorization.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && authorization.Parameter is { Length: > 0 } key ? key : null;
}
