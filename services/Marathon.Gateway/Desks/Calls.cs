using System.Text;
using Marathon.Gateway.Access;
using Marathon.ServiceDefaults.Http;
using Marathon.Web;

namespace Marathon.Gateway.Desks;

/// <summary>
/// The console is a program like any other: it calls what <see cref="PublicApi"/> lists, as whoever looks at the page, who may make no other calls here than elsewhere.
/// </summary>
internal static class Calls
{
    /// <summary>
    /// Under a page's five seconds. A thousand kits are sent in one call: giving up on it early would only mean not to know. What is sent again carries a key or says how things are to be; a POST that carries none is sent once.
    /// </summary>
    public static HttpResilienceOptions Patience => new() { AttemptTimeout = 4000, TotalTimeout = 4500, Retries = 1 };

    /// <summary>Whether whoever looks at the page may make this call.</summary>
    public static bool May(this HttpContext context, string method, string path) =>
        Caller.Of(context) is { } caller && PublicApi.Routes.Single(route => route.Method == method && route.Path == path).Who.HasFlag(caller.Account.Role);

    /// <summary>Makes a call as whoever looks at the page.</summary>
    /// <param name="context">The request for the page.</param>
    /// <param name="method">Of the call.</param>
    /// <param name="path">As <see cref="PublicApi"/> has it.</param>
    /// <param name="address">The path with its parameters filled in, and a query; null: it has none.</param>
    /// <param name="body">What the call takes, if anything; a text where it takes no JSON.</param>
    /// <param name="key">Under which it may come twice and is done once.</param>
    /// <param name="service">Which is meant, where the gateway answers for all of them; then the address is that service's.</param>
    public static async Task<Reply> CallAsync(this HttpContext context, string method, string path, string? address = null, object? body = null, string? key = null, string? service = null)
    {
        var route = PublicApi.Routes.Single(route => route.Method == method && route.Path == path);
        if (!context.May(method, path)) return new Reply(service ?? route.Service, StatusCodes.Status403Forbidden, null);
        return await context.RequestServices.GetRequiredService<IHttpClientFactory>().AskAsync(new HttpMethod(method), service ?? route.Service, address ?? path, context, request =>
        {
            request.Content = body switch
            {
                null => null,
                string text => new StringContent(text, Encoding.UTF8, route.Takes),
                _ => JsonContent.Create(body, options: MarathonJson.Options),
            };
            if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            else if (request.Method == HttpMethod.Post) request.Options.Set(HttpResilience.Once, true);
        });
    }

    /// <summary>Where each service stands with its events; null: it does not say. The one thing in the console that no public call tells: docs/adr/0011.</summary>
    public static IReadOnlyList<Task<(string Service, MessagingLine? State)>> AskForMessaging(this HttpContext context)
    {
        var http = context.RequestServices.GetRequiredService<IHttpClientFactory>();
        return [.. ServiceNames.BehindGateway.Select(async service => (service, (await http.AskAsync(HttpMethod.Get, service, "/messaging", context)).As<MessagingLine>()))];
    }
}
