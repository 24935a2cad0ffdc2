using System.Security.Cryptography;
using Marathon.ServiceDefaults.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Marathon.Gateway.Access;

/// <summary>
/// Which browser a registration's form comes from: a random value in a cookie, told to the service that answers it. The key in the form's address is another key for each browser. So an address
/// that is passed on is everybody's own form, and whoever made it does not know under which key somebody else registers.
/// </summary>
internal static class Browsers
{
    private const string Cookie = "marathon-browser";
    private const int Length = 32;

    public static void AddTransforms(TransformBuilderContext route)
    {
        if (route.Route.Match.Path is not PublicApi.RegisterForm) return;
        route.AddRequestTransform(request =>
        {
            if (Of(request.HttpContext) is { } browser) request.ProxyRequest.Headers.TryAddWithoutValidation(RunnerHeaders.Browser, browser);
            return default;
        });
    }

    /// <summary>Null where a form is sent without the cookie: a browser that keeps none would have another value each time, and its form no key that lasts.</summary>
    private static string? Of(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { Length: Length } known && known.All(char.IsAsciiHexDigit)) return known;
        if (!HttpMethods.IsGet(context.Request.Method)) return null;
        var fresh = RandomNumberGenerator.GetHexString(Length, lowercase: true);
        context.Response.Cookies.Append(Cookie, fresh, new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/register", IsEssential = true });
        return fresh;
    }
}
