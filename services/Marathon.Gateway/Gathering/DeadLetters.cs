using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Gathering;

/// <summary>The dead letters of all services in one list.</summary>
internal static class DeadLetters
{
    public static void MapDeadLetters(this WebApplication app)
    {
        app.MapGet("/deadletters", (HttpContext context, IHttpClientFactory http, string? service, string? state, [AsParameters] PageQuery page) =>
            GatheredList.AnswerAsync(context, http, "/deadletters", [("state", state)], latest: "parkedAt", service, page));
        app.MapGet("/deadletters/{service}-{id:long}", (string service, long id, HttpContext context, IHttpClientFactory http) =>
            PassAsync(HttpMethod.Get, service, $"/deadletters/{id}", context, http));
        foreach (var command in (string[])["replay", "drop"])
            app.MapPost("/deadletters/{service}-{id:long}/" + command, (string service, long id, HttpContext context, IHttpClientFactory http) =>
                PassAsync(HttpMethod.Post, service, $"/deadletters/{id}/{command}", context, http));
    }

    private static async Task<IResult> PassAsync(HttpMethod method, string service, string path, HttpContext context, IHttpClientFactory http)
    {
        if (!ServiceNames.BehindGateway.Contains(service)) return Problems.ProblemWith(StatusCodes.Status404NotFound, "not-found", $"There is no service {service}.");
        return await http.AskAsync(method, service, path, context) switch
        {
            { Status: StatusCodes.Status200OK, Body: { } letter } => Results.Ok(GatheredList.Named(letter, service)),
            { IsSuccess: false, IsSilent: false } refused => Results.Json(refused.Body, contentType: "application/problem+json", statusCode: refused.Status),
            _ => SisterServices.Silent(service),
        };
    }
}
