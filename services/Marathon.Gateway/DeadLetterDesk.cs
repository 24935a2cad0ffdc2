using System.Net;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway;

/// <summary>The dead letters of all services in one list.</summary>
internal static class DeadLetterDesk
{
    public static void MapDeadLetters(this WebApplication app)
    {
        app.MapGet("/deadletters", (HttpContext context, IHttpClientFactory http, [AsParameters] PageQuery page, string? service = null, string? state = null) =>
            Desk.ListAsync(context, http, "/deadletters", [("state", state)], latest: "parkedAt", service, page));
        app.MapGet("/deadletters/{service}-{id:long}", (string service, long id, HttpContext context, IHttpClientFactory http) =>
            PassAsync(HttpMethod.Get, service, $"/deadletters/{id}", context, http));
        foreach (var command in (string[])["replay", "drop"])
            app.MapPost("/deadletters/{service}-{id:long}/" + command, (string service, long id, HttpContext context, IHttpClientFactory http) =>
                PassAsync(HttpMethod.Post, service, $"/deadletters/{id}/{command}", context, http));
    }

    private static async Task<IResult> PassAsync(HttpMethod method, string service, string path, HttpContext context, IHttpClientFactory http)
    {
        if (!SisterServices.Names.Contains(service)) return Problems.ProblemWith(StatusCodes.Status404NotFound, "not-found", $"There is no service {service}.");
        var (status, body) = await http.AskAsync(method, service, path, context);
        return status switch
        {
            null => Desk.Silent(service),
            HttpStatusCode.OK => Results.Ok(Desk.Named(body!, service)),
            _ => Results.Json(body, contentType: "application/problem+json", statusCode: (int)status),
        };
    }
}
