using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Marathon.Gateway.Edge;

/// <summary>What can be refused by looking at the headers goes no further.</summary>
internal static class Admission
{
    private const string Json = "application/json";

    public static void UseAdmission(this WebApplication app) => app.Use(CheckAsync);

    private static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        // Nothing there, or another method than those there: that is told first.
        if (context.GetEndpoint() is not RouteEndpoint) return next(context);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return next(context);
        // One without a length is cut off by Kestrel when it grows too large.
        if (context.Request.ContentLength > RequestLimits.BodyBytes)
        {
            // The caller is sending it already. Kestrel reads and forgets the rest (for five seconds at most) only where it is allowed to be read;
            // otherwise the connection is cut and the caller sees a broken pipe instead of this answer.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
            return GatewayProblems.WriteAsync(context, StatusCodes.Status413PayloadTooLarge);
        }
        if (!IsJson(context.Request.ContentType)) return GatewayProblems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType);
        // It is UTF-8, in whatever words. Whoever reads the body would look for an encoding by the name of "utf-8", quotes included, and find none.
        context.Request.ContentType = Json;
        return next(context);
    }

    private static bool IsJson(string? contentType) =>
        contentType == Json
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)));
}
