using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Notification.Adapters;

/// <summary>What was told to whom. The gateway lets organisers and auditors in.</summary>
internal static class HistoryEndpoints
{
    private const int LongestText = 100;

    private static readonly string[] States = ["QUEUED", "ACCEPTED", "DELIVERED", "FAILED", "UNWANTED"];

    public static void MapHistories(this IEndpointRouteBuilder app)
    {
        app.MapGet("/smshistories", async Task<IResult> (
            HistoryList histories, CancellationToken cancellationToken, string? number, string? status, string? kind, Guid? raceId, string? q, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (status is not null && !States.Contains(status)) errors["status"] = $"must be one of {string.Join(", ", States)}";
            if (kind is not null && MessageKind.All.All(known => known.Name != kind)) errors["kind"] = $"must be one of {string.Join(", ", MessageKind.All.Select(known => known.Name))}";
            if (number is { Length: > LongestText } || number?.Contains('\0') is true) errors["number"] = $"is longer than {LongestText} characters";
            if (q is { Length: > LongestText } || q?.Contains('\0') is true) errors["q"] = $"is longer than {LongestText} characters";
            if (errors.Count > 0) return Invalid(errors);
            return TypedResults.Ok(await histories.PageAsync(new SmsFilter(number, status, kind, raceId, string.IsNullOrWhiteSpace(q) ? null : Hangul.Compose(q.Trim())), page, cancellationToken));
        }).WithSummary("Messages to runners and suppliers, the latest first. q: a number, a phone number, or part of a name.");

        app.MapGet("/smshistories/{id:guid}", async Task<IResult> (Guid id, HistoryList histories, CancellationToken cancellationToken) =>
            await histories.FindAsync(id, cancellationToken) is var (message, attempts)
                ? TypedResults.Ok(new { message, attempts })
                : NotFound("There is no such message."))
            .WithSummary("One message, with every time that it was given to the provider.");
    }
}
