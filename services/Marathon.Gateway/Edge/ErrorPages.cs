using System.Text.Json;
using Marathon.Web;
using Yarp.ReverseProxy.Transforms;

namespace Marathon.Gateway.Edge;

/// <summary>What a service says to programs, for somebody who waits for a page: its problems are shown as one.</summary>
internal static class ErrorPages
{
    /// <summary>Longer ones are none of ours.</summary>
    private const int Longest = 64 * 1024;

    public static async ValueTask ForReadersAsync(ResponseTransformContext response)
    {
        var context = response.HttpContext;
        if (response.ProxyResponse is not { Content.Headers: { ContentType.MediaType: "application/problem+json", ContentLength: null or <= Longest } } answer || !context.Request.WantsPage()) return;
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(context.RequestAborted));
        var detail = problem.RootElement.TryGetProperty("detail", out var said) ? said.GetString() : null;
        response.SuppressResponseBody = true;
        context.Response.Headers.ContentLength = null;
        await GatewayProblems.WritePageAsync(context, (int)answer.StatusCode, detail);
    }
}
