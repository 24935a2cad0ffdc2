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
        var call = PublicApi.Of(context);
        var (takes, bytes) = call is null ? ("application/json", RequestLimits.BodyBytes) : (call.Takes, call.BodyBytes);
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
        return call is { Service: PublicApi.Gateway } ? ReadAsync(context, next) : next(context);
    }

    /// <summary>What the gateway answers itself begins when all of the body is there: so a caller who is slow is told apart from an answer that is late, and nothing is half done.</summary>
    private static async Task ReadAsync(HttpContext context, RequestDelegate next)
    {
        // It grows with what comes: a head alone costs nothing.
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        // Told by whoever gives every answer that is an error a body: what is written here would be given up, too.
        catch (OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
            return;
        }
        // It breaks off, or grows too large.
        catch (IOException broken)
        {
            context.Response.StatusCode = broken is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest;
            return;
        }
        body.Position = 0;
        context.Request.Body = body;
        await next(context);
    }

    private static bool Is(string taken, string? contentType) =>
        contentType == taken
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Equals(taken, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)));
}
