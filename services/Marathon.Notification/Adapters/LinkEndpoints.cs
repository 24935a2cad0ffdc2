using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Notification.Adapters;

/// <summary>For runners who have lost the access key.</summary>
internal static class LinkEndpoints
{
    public static void MapLinks(this IEndpointRouteBuilder app)
    {
        app.MapPost("/registrations/find", FindAsync)
            .WithSummary("Send the links to the registrations with a phone number to that number, by SMS.")
            .WithDescription("The answer is the same whether there are any or not. A link is good once, for half an hour; there are three an hour for a registration, and ten a day for a phone.")
            .Produces<Found>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        // For the gateway, which opens the registration then.
        app.MapPost("/links/use", async (UsedLink link, ILinks links, CancellationToken cancellationToken) =>
            link.Code is { Length: > 0 and <= 100 } code && await links.UseAsync(code, cancellationToken) is { } opened ? Results.Ok(opened) : NotFound()).ExcludeFromDescription();
    }

    private static async Task<IResult> FindAsync(Search? search, HttpRequest request, ILinks links, LinkSender sender, CancellationToken cancellationToken)
    {
        var phoneNo = search?.PhoneNo?.Trim() ?? "";
        if (phoneNo.Length == 0) return Invalid(new Dictionary<string, FormattableString> { ["phoneNo"] = $"is required" });
        if (!PhoneNumber.TryParse(phoneNo, out _)) return Invalid(new Dictionary<string, FormattableString> { ["phoneNo"] = $"is not a phone number: write it like 010-1234-5678" });
        await links.AskAsync(phoneNo, cancellationToken);
        sender.Wake();
        return TypedResults.Accepted((string?)null, new Found(Languages.Of(request) == Languages.Korean
            ? $"이 번호로 접수한 내역이 있으면 확인 링크를 문자로 보냅니다. {ILinks.GoodFor.TotalMinutes:0}분 안에 한 번 열 수 있습니다."
            : $"If there are registrations with this number, their links are on their way by SMS. Each opens once, within {ILinks.GoodFor.TotalMinutes:0} minutes."));
    }

    /// <summary>The body of <c>POST /registrations/find</c>.</summary>
    internal sealed record Search(string? PhoneNo);

    /// <summary>Its answer.</summary>
    internal sealed record Found(string Message);

    private sealed record UsedLink(string? Code);
}
