using System.Text.Encodings.Web;
using System.Text.Unicode;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marathon.Web;

/// <summary>A page as an answer: a component, rendered once on the server, in the reader's language, which it gets as its parameter <c>Language</c>.</summary>
/// <param name="parameters">What else it shows, by the names of its parameters.</param>
/// <param name="status">Of the answer.</param>
public sealed class Page<TComponent>(Dictionary<string, object?>? parameters = null, int status = StatusCodes.Status200OK) : IResult where TComponent : IComponent
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var language = Languages.Of(httpContext.Request);
        var html = await Pages.RenderAsync<TComponent>(httpContext.RequestServices, language, parameters);
        await Pages.WriteAsync(httpContext, html, language, status);
    }
}

/// <summary>Rendering and sending pages.</summary>
public static class Pages
{
    /// <summary>To be called where pages are answered.</summary>
    public static void AddPages(this WebApplicationBuilder builder) =>
        // Korean as it is, not as numbers.
        builder.Services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));

    /// <summary>Whether a person waits to see a page, not a program for JSON: browsers say so whenever they are led somewhere, and no script of ours does.</summary>
    public static bool WantsPage(this HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>The whole page as text.</summary>
    public static async Task<string> RenderAsync<TComponent>(IServiceProvider services, string language, Dictionary<string, object?>? parameters = null) where TComponent : IComponent
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var view = ParameterView.FromDictionary(new Dictionary<string, object?>(parameters ?? []) { ["Language"] = language });
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TComponent>(view)).ToHtmlString());
    }

    /// <summary>Sends a page that is rendered already. Unless its answer says otherwise by now, nobody keeps it: most are somebody's own.</summary>
    public static Task WriteAsync(HttpContext context, string html, string language, int status = StatusCodes.Status200OK)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentLanguage = language;
        if (response.Headers.CacheControl.Count == 0) response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept, Accept-Language, Cookie";
        return response.WriteAsync(html);
    }
}
