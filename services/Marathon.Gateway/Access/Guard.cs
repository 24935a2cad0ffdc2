using Marathon.Gateway.Desks;
using Marathon.Gateway.Edge;

namespace Marathon.Gateway.Access;

/// <summary>
/// Lets those through whom <see cref="PublicApi"/> names for the call, before anything else about the request is judged. An address that the table does not
/// name is not there, whatever is mapped.
/// </summary>
internal static class Guard
{
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        // No route: nothing there, another method than those there, or the pages under /docs.
        if (context.GetEndpoint() is not RouteEndpoint) return next(context);
        var route = PublicApi.Of(context);
        // Forms stand in our own pages: browsers say so, and nobody else has one to send.
        if (route is { IsForm: true } && !context.Request.IsSameOrigin()) return GatewayProblems.WriteCrossSiteAsync(context);
        return route?.Who switch
        {
            Callers.Everyone => OpenAsync(context, next),
            null or Callers.Nobody => GatewayProblems.WriteAsync(context, StatusCodes.Status404NotFound),
            { } who => CheckAsync(context, next, who),
        };
    }

    /// <summary>A runner's browser that has opened the registration needs no key: it is taken from the cookie.</summary>
    private static Task OpenAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.RouteValues["number"] is string number && context.Request.Headers.Authorization.Count == 0
            && context.RequestServices.GetRequiredService<RunnerSessions>().KeyOf(context, number) is { } key)
        {
            if (!context.Request.IsSafe() && !context.Request.IsSameOrigin()) return GatewayProblems.WriteCrossSiteAsync(context);
            context.Request.Headers.Authorization = "Bearer " + key;
        }
        return next(context);
    }

    private static async Task CheckAsync(HttpContext context, RequestDelegate next, Callers who)
    {
        var caller = await context.RequestServices.GetRequiredService<Sessions>().FindAsync(context);
        if (caller is null && who.HasFlag(Callers.Runner) && !Sessions.IsPresented(context))
        {
            await OpenAsync(context, next);
        }
        else if (caller is null && ConsoleLogin.IsFor(context))
        {
            await ConsoleLogin.SendToAsync(context);
        }
        else if (caller is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await GatewayProblems.WriteAsync(context, StatusCodes.Status401Unauthorized);
        }
        else if (!who.HasFlag(caller.Account.Role))
        {
            await GatewayProblems.WriteAsync(context, StatusCodes.Status403Forbidden);
        }
        else if (caller.ByCookie && !context.Request.IsSafe() && !context.Request.IsSameOrigin())
        {
            await GatewayProblems.WriteCrossSiteAsync(context);
        }
        else
        {
            context.Features.Set(caller);
            await next(context);
        }
    }
}
