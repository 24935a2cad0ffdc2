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
        app.MapGet("/find", (HttpRequest request, string? sent, string? number) =>
            Show(request, (nameof(FindPage.IsSent), sent is not null), (nameof(FindPage.Number), number)));
        app.MapPost("/find/phone", AskByPhoneAsync);
        app.MapPost("/find/key", OpenByKeyAsync);
    }

    private static async Task<IResult> AskByPhoneAsync(HttpRequest request, Owners owners)
    {
        var phoneNo = (await request.FormAsync()).Text("phoneNo");
        var answer = await owners.AskAsync(request, HttpMethod.Post, ServiceNames.Notification, "/registrations/find", new { phoneNo });
        if (answer.IsSuccess) return request.HttpContext.Response.SeeOther("/find?sent");
        return request.WantsPage()
            ? Show(request, answer.Status, (nameof(FindPage.PhoneNo), phoneNo), (nameof(FindPage.PhoneError), answer.Errors.GetValueOrDefault("phoneNo") ?? answer.Detail ?? Words.Of(request).TryAgain))
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
            ? Show(request, StatusCodes.Status404NotFound, (nameof(FindPage.Number), number), (nameof(FindPage.KeyError), Words.Of(request).WrongKey))
            : Problems.NotFound();
    }

    /// <summary>For who is led to a registration that this browser has not opened.</summary>
    public static IResult NotOpened(HttpRequest request, string number) =>
        Show(request, StatusCodes.Status404NotFound, (nameof(FindPage.Number), number), (nameof(FindPage.IsLocked), true));

    private static Page<FindPage> Show(HttpRequest request, params (string Name, object? Value)[] parameters) => Show(request, StatusCodes.Status200OK, parameters);

    private static Page<FindPage> Show(HttpRequest request, int status, params (string Name, object? Value)[] parameters) => new(
        parameters.Append((nameof(FindPage.Opened), request.Opened()))
            .ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2), status);
}
