using System.Net;
using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway;

/// <summary>
/// The dead letters of all services in one list. Their ids carry the service's name: <c>dashboard-17</c>.
/// </summary>
internal static class DeadLetterDesk
{
    private const int Deepest = 500;

    public static void MapDeadLetters(this WebApplication app)
    {
        app.MapGet("/deadletters", ListAsync);
        app.MapGet("/deadletters/{service}-{id:long}", (string service, long id, HttpContext context, IHttpClientFactory http) =>
            PassAsync(HttpMethod.Get, service, $"/deadletters/{id}", context, http));
        foreach (var command in (string[])["replay", "drop"])
            app.MapPost("/deadletters/{service}-{id:long}/" + command, (string service, long id, HttpContext context, IHttpClientFactory http) =>
                PassAsync(HttpMethod.Post, service, $"/deadletters/{id}/{command}", context, http));
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, IHttpClientFactory http, string? service = null, string? state = null, int page = 1, int size = RequestLimits.PageSize)
    {
        var errors = new Dictionary<string, string>();
        if (service is not null && !SisterServices.Names.Contains(service)) errors["service"] = $"One of {string.Join(", ", SisterServices.Names)}.";
        if (page < 1) errors["page"] = "From 1 on.";
        else if (size is < 1 or > RequestLimits.LargestPageSize || (long)page * size > Deepest) errors["size"] = $"From 1 on, and page × size at most {Deepest}: narrow the list by service and state.";
        if (errors.Count > 0) return Problems.Invalid(errors);

        // The page of the whole is somewhere in the first pages of each.
        var answers = await Task.WhenAll((service is null ? SisterServices.Names : [service]).Select(async name =>
        {
            var (status, body) = await http.AskAsync(HttpMethod.Get, name, $"/deadletters?state={Uri.EscapeDataString(state ?? "")}&size={page * size}".Replace("state=&", "", StringComparison.Ordinal), context);
            return (Name: name, Status: status, Body: body);
        }));
        if (answers.FirstOrDefault(answer => answer.Status == HttpStatusCode.UnprocessableEntity).Body is { } invalid)
            return Results.Json(invalid, contentType: "application/problem+json", statusCode: 422);
        var lists = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        var items = lists.SelectMany(list => list.Body!["items"]!.AsArray().Select(letter => Named(letter!, list.Name)))
            .OrderByDescending(letter => letter["parkedAt"]!.GetValue<DateTimeOffset>()).Skip((page - 1) * size).Take(size);
        return Results.Ok(new
        {
            total = lists.Sum(list => list.Body!["total"]!.GetValue<long>()), page, size, items,
            // Whose letters are not among them, because they do not answer just now.
            unavailable = answers.Where(answer => answer.Status != HttpStatusCode.OK).Select(answer => answer.Name),
        });
    }

    private static async Task<IResult> PassAsync(HttpMethod method, string service, string path, HttpContext context, IHttpClientFactory http)
    {
        if (!SisterServices.Names.Contains(service)) return Problems.NotFound($"There is no service {service}.");
        var (status, body) = await http.AskAsync(method, service, path, context);
        return status switch
        {
            null => Problems.Problem(StatusCodes.Status503ServiceUnavailable, "unavailable", $"{service} does not answer just now. Send the same request again in a moment."),
            HttpStatusCode.OK => Results.Ok(Named(body!, service)),
            _ => Results.Json(body, contentType: "application/problem+json", statusCode: (int)status),
        };
    }

    private static JsonNode Named(JsonNode letter, string service)
    {
        letter["id"] = $"{service}-{letter["id"]}";
        letter["service"] = service;
        return letter.DeepClone();
    }
}
