using Marathon.ServiceDefaults.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Marathon.Gateway.Access;

/// <summary>
/// Forms that open a registration in the browser: the service that answers them tells the gateway number and key in a header of its answer, which ends here and leaves as the
/// sealed cookie. So the key is in no page and no script has it. Nobody outside can send it: it is read from services' answers only.
/// </summary>
internal static class Opening
{
    public static void AddTransforms(TransformBuilderContext route)
    {
        var sessions = route.Services.GetRequiredService<RunnerSessions>();
        route.AddResponseTransform(response =>
        {
            var headers = response.HttpContext.Response.Headers;
            if (headers.Remove(RunnerHeaders.Opens, out var opened) && PublicApi.Of(response.HttpContext) is { IsForm: true } && opened.ToString().Split(' ') is [var number, var accessKey])
                sessions.Add(response.HttpContext, number, accessKey);
            return default;
        });
        if (route.Route.Match.Path is not (PublicApi.FindPage or PublicApi.OwnPage)) return;
        route.AddRequestTransform(request =>
        {
            request.ProxyRequest.Headers.TryAddWithoutValidation(RunnerHeaders.Opened, sessions.Numbers(request.HttpContext));
            return default;
        });
    }
}
