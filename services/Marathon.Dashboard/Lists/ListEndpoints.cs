using CsvHelper;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Dashboard.Lists;

/// <summary>What organisers and auditors look at.</summary>
internal static class ListEndpoints
{
    private const int LongestSize = 20;

    private static readonly string[] Orders = ["newest", "oldest"];

    public static void MapLists(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/registrations", "/dashboards"])
            app.MapGet(path, async Task<IResult> (
                RegistrationList list, CancellationToken cancellationToken, Guid? raceId, Guid? divisionId, string? status, string? payStatus, string? deliveryStatus, string? kitSize, string? q, string? sort,
                [AsParameters] PageQuery page) =>
            {
                var errors = page.Wrong(RequestLimits.DeepestRegistration);
                if (Read(raceId, divisionId, status, payStatus, deliveryStatus, kitSize, q, sort, errors) is not { } query) return Problems.Invalid(errors);
                var found = await list.PageAsync(query, page, cancellationToken);
                return TypedResults.Ok(new { found.Total, isMore = found.IsMore ? true : (bool?)null, page.Page, page.Size, found.AsOf, found.Items });
            }).WithSummary("Registrations, the last first: of one race, division, status or size of kit; searched by name, number, bib, or the last digits of the phone number.");

        app.MapGet("/dashboards/summary", async (Summary summary, CancellationToken cancellationToken, Guid? raceId = null) => TypedResults.Ok(await summary.ReadAsync(raceId, cancellationToken)))
            .WithSummary("How a race stands, or all: places, money, payments, kits, sizes against stock, messages, and when people came.");

        app.MapGet("/dashboards/export.csv", IResult (
            RegistrationList list, HttpResponse response, CancellationToken cancellationToken, Guid? raceId = null, Guid? divisionId = null, string? status = null, string? payStatus = null,
            string? deliveryStatus = null, string? kitSize = null, string? q = null) =>
        {
            var errors = new Dictionary<string, FormattableString>();
            if (Read(raceId, divisionId, status, payStatus, deliveryStatus, kitSize, q, "oldest", errors) is not { } query) return Problems.Invalid(errors);
            response.Headers.CacheControl = "no-store";
            return Results.Stream(stream => WriteAsync(stream, list.AllAsync(query, cancellationToken), cancellationToken), "text/csv; charset=utf-8", "registrations.csv");
        }).WithSummary("All registrations of a list as a file for a spreadsheet, in the order in which they came.");
    }

    /// <summary>Null when something is wrong, which is then in <paramref name="errors"/>.</summary>
    private static RegistrationQuery? Read(
        Guid? raceId, Guid? divisionId, string? status, string? payStatus, string? deliveryStatus, string? size, string? q, string? sort, Dictionary<string, FormattableString> errors)
    {
        OneOf("status", status, RegistrationList.States);
        OneOf("payStatus", payStatus, RegistrationList.PayStates);
        OneOf("deliveryStatus", deliveryStatus, RegistrationList.DeliveryStates);
        OneOf("sort", sort, Orders);
        if (size is { Length: > LongestSize } || size?.Contains('\0') is true) errors["kitSize"] = $"is longer than {LongestSize} characters";
        if (q is { Length: > SearchText.Longest }) errors["q"] = $"is longer than {SearchText.Longest} characters";
        else if (q?.Any(letter => char.IsControl(letter) || char.IsSurrogate(letter)) is true) errors["q"] = $"contains control characters";
        return errors.Count > 0 ? null : new RegistrationQuery(raceId, divisionId, status, payStatus, deliveryStatus, size, SearchText.Of(q), OldestFirst: sort is "oldest");

        void OneOf(string field, string? value, IReadOnlyList<string> known)
        {
            if (value is not null && !known.Contains(value)) errors[field] = $"must be one of {string.Join(", ", known)}";
        }
    }

    /// <summary>Names and addresses are what somebody typed: one that begins like a formula must not be one to whoever opens the file in a spreadsheet; which knows UTF-8, and Korean names, by its mark.</summary>
    private static async Task WriteAsync(Stream stream, IAsyncEnumerable<ListedRegistration> registrations, CancellationToken cancellationToken)
    {
        await using var csv = CsvWriter.Create(stream, new CsvWriterOptions { Injection = CsvInjection.Escape, WriteByteOrderMark = true }, leaveOpen: true);
        await csv.WriteRecordAsync(
            ["number", "status", "payStatus", "deliveryStatus", "race", "division", "bib", "name", "phoneNo", "address", "topSize", "bottomSize", "amount", "currency", "refundDue", "refundedAmount",
                "registeredAt", "endedAt", "checkedInAt"], cancellationToken);
        await foreach (var row in registrations.WithCancellation(cancellationToken))
            await csv.WriteRecordAsync(
                [row.Number, row.Status, row.PayStatus ?? "", row.DeliveryStatus ?? "", row.RaceName ?? "", row.DivisionName ?? "", Text(row.Bib), row.Name ?? "", row.PhoneNo ?? "", row.Address ?? "",
                    row.TopSize ?? "", row.BottomSize ?? "", Text(row.Amount), row.Currency ?? "", Text(row.RefundDue), Text(row.RefundedAmount),
                    Instant(row.RegisteredAt), Instant(row.EndedAt), Instant(row.CheckedInAt)], cancellationToken);
        await csv.FlushAsync(cancellationToken);

        static string Text(int? number) => FormattableString.Invariant($"{number}");

        static string Instant(DateTimeOffset? instant) => FormattableString.Invariant($"{instant:yyyy-MM-ddTHH:mm:ssZ}");
    }
}
