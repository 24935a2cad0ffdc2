using Marathon.Dashboard.Lists;
using Marathon.Dashboard.Web.Own;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using QRCoder;

namespace Marathon.Dashboard;

/// <summary>A runner's registration, payment, delivery and messages on one page.</summary>
internal static class MyPage
{
    private const string Svg = "image/svg+xml";

    public static void MapMyPage(this WebApplication app)
    {
        Map("/mypage/{number}", "A runner's own registration: payment, delivery and messages on one page.", ShowAsync).Produces<MyPageView>();
        Map("/mypage/{number}/qr.svg", "The registration's number as a QR code, to be shown at the check-in.", DrawAsync).Produces(StatusCodes.Status200OK, contentType: Svg);
        Map("/registrations/{number}/export", "The same as a file, to take along: everything that is kept about the runner.", (string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken) =>
        {
            request.HttpContext.Response.Headers.ContentDisposition = "attachment; filename=\"registration.json\"";
            return GetAsync(number, request, database, cancellationToken);
        }).Produces<MyPageView>();

        RouteHandlerBuilder Map(string path, string summary, Delegate answer) => app.MapGet(path, answer)
            .WithSummary(summary)
            .WithDescription("Needs the access key: Authorization: Bearer {accessKey}, or the cookie of a browser that has opened the registration. A wrong key and a wrong number are answered alike.")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>For programs; for a reader, the page of the same address.</summary>
    public static async Task<IResult> ShowAsync(string number, HttpRequest request, DashboardDb database, RaceList races, TimeProvider time, CancellationToken cancellationToken) =>
        request.WantsPage()
            ? await OwnEndpoints.ShowAsync(number, await OpenAsync(number, request, database, cancellationToken), request, database, races, time)
            : await GetAsync(number, request, database, cancellationToken);

    private static async Task<Results<Ok<MyPageView>, ProblemHttpResult>> GetAsync(
        string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken) =>
        await OpenAsync(number, request, database, cancellationToken) is { } row ? TypedResults.Ok(MyPageView.Of(row)) : Problems.NotFound();

    /// <summary>The number and nothing else: who reads the code knows what is printed beside it, and can open nothing with it.</summary>
    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> DrawAsync(
        string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken)
    {
        if (await OpenAsync(number, request, database, cancellationToken) is not { } row) return Problems.NotFound();
        using var code = QRCodeGenerator.GenerateQrCode(row.Number, QRCodeGenerator.ECCLevel.Q);
        using var drawing = new SvgQRCode(code);
        // Black on white, also on a dark page, and as large as the page makes it.
        return TypedResults.Text(drawing.GetGraphic(pixelsPerModule: 1, "#000000", "#ffffff", sizingMode: SvgQRCode.SizingMode.ViewBoxAttribute), Svg);
    }

    /// <summary>Null, after the same work, for who presents no key, a wrong key or an unknown number.</summary>
    public static async Task<RegistrationRow?> OpenAsync(string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        var wanted = RegistrationNumber.Normal(number);
        var row = await database.Registrations.AsNoTracking()
            .Where(registration => registration.Number == wanted && registration.AccessKeyHash != null)
            .Include(registration => registration.Messages.OrderBy(message => message.Version))
            .OrderBy(registration => registration.RegistrationId)
            .FirstOrDefaultAsync(cancellationToken);
        return AccessKey.Opens(row?.AccessKeyHash, Bearer.Of(request)) ? row : null;
    }
}
