using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;
using Microsoft.EntityFrameworkCore;

namespace Marathon.Dashboard.Web.Finding;

/// <summary>The way to one's registration: those that this browser has opened, a link to the phone, or number and key.</summary>
internal static class FindEndpoints
{
    public static void MapFinding(this IEndpointRouteBuilder app)
    {
        app.MapGet("/find", (HttpRequest request, DashboardDb database, string? sent, string? number) =>
            ShowAsync(request, database, StatusCodes.Status200OK, (nameof(FindPage.IsSent), sent is not null), (nameof(FindPage.Number), number)));
        app.MapPost("/find/phone", AskByPhoneAsync);
        app.MapPost("/find/key", OpenByKeyAsync);
    }

    private static async Task<IResult> AskByPhoneAsync(HttpRequest request, DashboardDb database, Owners owners)
    {
        var phoneNo = (await request.FormAsync()).Text("phoneNo");
        var answer = await owners.AskAsync(request, HttpMethod.Post, ServiceNames.Notification, "/registrations/find", new { phoneNo });
        if (answer.IsSuccess) return request.HttpContext.Response.SeeOther("/find?sent");
        return request.WantsPage()
            ? await ShowAsync(request, database, answer.Status, (nameof(FindPage.PhoneNo), phoneNo), (nameof(FindPage.PhoneError), answer.Errors.GetValueOrDefault("phoneNo") ?? answer.Detail ?? Words.Of(request).TryAgain))
            : answer.AsItCame();
    }

    /// <summary>The gateway takes number and key out of the answer, and keeps them for this browser.</summary>
    private static async Task<IResult> OpenByKeyAsync(HttpRequest request, DashboardDb database, CancellationToken cancellationToken)
    {
        var form = await request.FormAsync();
        var (number, key) = (RegistrationNumber.Normal(form.Text("number")), form.Text("accessKey"));
        var hash = !RegistrationNumber.TryParse(number, out _) ? null : await database.Registrations.AsNoTracking().Where(registration => registration.Number == number).Select(registration => registration.AccessKeyHash).FirstOrDefaultAsync(cancellationToken);
        if (AccessKey.Opens(hash, key))
        {
            request.HttpContext.Response.Headers[RunnerHeaders.Opens] = $"{number} {key}";
            return request.HttpContext.Response.SeeOther("/mypage/" + number);
        }
        return request.WantsPage()
            ? await ShowAsync(request, database, StatusCodes.Status404NotFound, (nameof(FindPage.Number), number), (nameof(FindPage.KeyError), Words.Of(request).WrongKey))
            : Problems.NotFound();
    }

    /// <summary>For who is led to a registration that this browser has not opened.</summary>
    public static Task<IResult> NotOpenedAsync(HttpRequest request, DashboardDb database, string number) =>
        ShowAsync(request, database, StatusCodes.Status404NotFound, (nameof(FindPage.Number), number), (nameof(FindPage.IsLocked), true));

    private static async Task<IResult> ShowAsync(HttpRequest request, DashboardDb database, int status, params (string Name, object? Value)[] parameters) => new Page<FindPage>(
        parameters.Append((nameof(FindPage.Opened), await OpenedAsync(request.Opened(), database, request.HttpContext.RequestAborted)))
            .ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2), status);

    /// <summary>As the gateway names them, the last opened first. Of what has not been heard of yet there is the number.</summary>
    private static async Task<IReadOnlyList<OpenedRegistration>> OpenedAsync(string[] numbers, DashboardDb database, CancellationToken cancellationToken)
    {
        if (numbers.Length == 0) return [];
        var known = await database.Registrations.AsNoTracking().Where(registration => numbers.Contains(registration.Number))
            .Select(registration => new OpenedRegistration(
                registration.Number, registration.Name, registration.Race!.Name ?? registration.RaceName, registration.Division!.Name ?? registration.DivisionName, registration.Status))
            .ToDictionaryAsync(registration => registration.Number, cancellationToken);
        return [.. numbers.Select(number => known.GetValueOrDefault(number) ?? new(number, null, null, null, null))];
    }
}

/// <summary>A registration that this browser has opened: whose it is, and for what.</summary>
public sealed record OpenedRegistration(string Number, string? Name, string? RaceName, string? DivisionName, string? Status);
