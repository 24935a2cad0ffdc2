using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Gathering;

/// <summary>One list of what all services list, for those who work with all of them.</summary>
internal static class GatheredList
{
    /// <summary>Of a gathered list. The page of the whole is somewhere in the first pages of each, so all of these are fetched.</summary>
    public const int Deepest = 500;

    /// <summary>One list of what each service lists at <paramref name="path"/> (<c>total</c>, <c>items</c>), the latest first.</summary>
    /// <param name="context">The request.</param>
    /// <param name="http">Calls services.</param>
    /// <param name="path">The list, the same in each service.</param>
    /// <param name="query">What narrows it; what is null is left out.</param>
    /// <param name="latest">The name of an item's instant.</param>
    /// <param name="service">Of this one only; null: of all.</param>
    /// <param name="page">Of the whole.</param>
    public static async Task<IResult> AnswerAsync(
        HttpContext context, IHttpClientFactory http, string path, IEnumerable<(string Name, string? Value)> query, string latest, string? service, PageQuery page)
    {
        var (list, refusal) = await ReadAsync(context, http, path, query, latest, service, page);
        return refusal ?? Results.Ok(list);
    }

    /// <summary>As <see cref="AnswerAsync"/>: the list, or why there is none.</summary>
    public static async Task<(JsonObject? List, IResult? Refusal)> ReadAsync(
        HttpContext context, IHttpClientFactory http, string path, IEnumerable<(string Name, string? Value)> query, string latest, string? service, PageQuery page)
    {
        var errors = page.Wrong(Deepest);
        if (service is not null && !ServiceNames.BehindGateway.Contains(service)) errors["service"] = $"must be one of {string.Join(", ", ServiceNames.BehindGateway)}";
        if (errors.Count > 0) return (null, Problems.Invalid(errors));

        var narrowed = string.Concat(query.Where(part => part.Value is not null).Select(part => $"&{part.Name}={Uri.EscapeDataString(part.Value!)}"));
        var answers = await Task.WhenAll((service is null ? ServiceNames.BehindGateway : [service]).Select(name => http.AskAsync(HttpMethod.Get, name, $"{path}?size={page.Page * page.Size}{narrowed}", context)));
        if (answers.FirstOrDefault(answer => answer.Status is StatusCodes.Status422UnprocessableEntity or StatusCodes.Status400BadRequest) is { Body: { } wrong, Status: var refusal })
            return (null, Results.Json(wrong, contentType: "application/problem+json", statusCode: refusal));
        var lists = answers.Where(answer => answer.Status == StatusCodes.Status200OK).ToList();
        var items = lists.SelectMany(list => list.Body!["items"]!.AsArray().Select(item => Named(item!, list.Service)))
            .OrderByDescending(item => item[latest]!.GetValue<DateTimeOffset>()).Skip(page.Offset).Take(page.Size);
        return (new JsonObject
        {
            ["total"] = lists.Sum(list => list.Body!["total"]!.GetValue<long>()), ["page"] = page.Page, ["size"] = page.Size, ["items"] = new JsonArray([.. items]),
            // Whose items are not among them, because they do not answer just now.
            ["unavailable"] = new JsonArray([.. answers.Where(answer => answer.Status != StatusCodes.Status200OK).Select(answer => JsonValue.Create(answer.Service))]),
        }, null);
    }

    /// <summary>One service's item, under an id that carries the service's name: <c>dashboard-17</c>.</summary>
    public static JsonNode Named(JsonNode item, string service)
    {
        item["id"] = $"{service}-{item["id"]}";
        item["service"] = service;
        return item.DeepClone();
    }
}
