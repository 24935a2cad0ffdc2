using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Marathon.Gateway.Edge;

/// <summary>What can be refused by looking at the headers goes no further.</summary>
internal static class Admission
{
    public static void UseAdmission(this WebApplication app) => app.Use(CheckAsync);

    private static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        // Nothing there, or another method than those there: that is told first.
        if (context.GetEndpoint() is not RouteEndpoint) return next(context);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return next(context);
        var (takes, bytes) = PublicApi.Of(context) is { } call ? (call.Takes, call.BodyBytes) : ("application/json", RequestLimits.BodyBytes);
        // One without a length is cut off by Kestrel when it grows too large.
        if (context.Request.ContentLength > bytes)
        {
            // The caller is sending it already. Kestrel reads and forgets the rest (for five seconds at most) only where it is allowed to be read;
            // otherwise the connection is cut and the caller sees a broken pipe instead of this answer.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
            return GatewayProblems.WriteTooLargeAsync(context, bytes);
        }
        if (!Is(takes, context.Request.ContentType)) return GatewayProblems.WriteUnsupportedAsync(context, takes);
        // It is UTF-8, in whatever words. Whoever reads the body would look for an encoding by the name of "utf-8", quotes included, and find none.
        context.Request.ContentType = takes;
        return next(context);
    }

    private static bool Is(string taken, string? contentType) =>
        contentType == taken
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Equals(taken, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)));
}
