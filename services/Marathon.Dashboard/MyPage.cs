using System.Net.Http.Headers;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Marathon.Dashboard;

/// <summary>A runner's registration, payment, delivery and messages on one page.</summary>
internal static class MyPage
{
    public static void MapMyPage(this WebApplication app)
    {
        Map("/mypage/{number}", "A runner's own registration: payment, delivery and messages on one page.", GetAsync);
        Map("/registrations/{number}/export", "The same as a file, to take along: everything that is kept about the runner.", (string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken) =>
        {
            request.HttpContext.Response.Headers.ContentDisposition = "attachment; filename=\"registration.json\"";
            return GetAsync(number, request, database, cancellationToken);
        });

        void Map(string path, string summary, Delegate answer) => app.MapGet(path, answer)
            .WithSummary(summary)
            .WithDescription("Needs the access key: Authorization: Bearer {accessKey}, or the cookie of a browser that has opened the registration. A wrong key and a wrong number are answered alike.")
            .Produces<MyPageView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>Who presents no key, a wrong key or an unknown number gets the same answer after the same work.</summary>
    private static async Task<Results<Ok<MyPageView>, ProblemHttpResult>> GetAsync(
        string number, HttpRequest request, DashboardDb database, CancellationToken cancellationToken)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        var presented = AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization)
            && authorization.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? authorization.Parameter : null;

        var wanted = number.ToUpperInvariant();
        var row = await database.Registrations.AsNoTracking()
            .Where(registration => registration.Number == wanted && registration.AccessKeyHash != null)
            .Include(registration => registration.Messages.OrderBy(message => message.Version))
            .OrderBy(registration => registration.RegistrationId)
            .FirstOrDefaultAsync(cancellationToken);
        return AccessKey.Opens(row?.AccessKeyHash, presented) ? TypedResults.Ok(MyPageView.Of(row!)) : Problems.NotFound();
    }
}
