using Marathon.Dashboard.Lists;
using Marathon.Dashboard.Web.Finding;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;

namespace Marathon.Dashboard.Web.Own;

/// <summary>A runner's own page, and what can be done from it. Each command goes to Registration, and what it changes comes back as events.</summary>
internal static class OwnEndpoints
{
    public static void MapOwnPages(this IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/mypage/{number}");
        own.MapGet("/change", (string number, HttpRequest request, DashboardDb database, RaceList races) =>
            WithAsync(number, request, database, async view => view.MayChange() ? new Page<ChangePage>(await ChangeAsync(view, races)) : Settled(view, request)));
        own.MapPost("/change", SendChangeAsync);
        own.MapPost("/messages", ChooseMessagesAsync);
        own.MapGet("/cancel", (string number, HttpRequest request, DashboardDb database, RaceList races, TimeProvider time) =>
            WithAsync(number, request, database, async view => view.MayCancel() ? new Page<CancelPage>(await CancelAsync(view, races, time)) : Settled(view, request)));
        own.MapPost("/cancel", (string number, HttpRequest request, DashboardDb database, RaceList races, TimeProvider time, Owners owners) =>
            DoAsync(number, request, owners, "cancel", "cancelled", refused => WithAsync(number, request, database, async view => view.MayCancel()
                ? new Page<CancelPage>(await CancelAsync(view, races, time, refused.Detail ?? Words.Of(request).TryAgain), refused.Status)
                : new Page<OwnPage>(await OwnAsync(view, races, time, refused.Detail ?? Words.Of(request).TryAgain), refused.Status))));
        own.MapGet("/erase", (string number, HttpRequest request, DashboardDb database) => WithAsync(number, request, database, view => Task.FromResult<IResult>(new Page<ErasePage>(new() { [nameof(ErasePage.View)] = view }))));
        own.MapPost("/erase", (string number, HttpRequest request, DashboardDb database, Owners owners) =>
            DoAsync(number, request, owners, "erase", "erased", refused => WithAsync(number, request, database,
                view => Task.FromResult<IResult>(new Page<ErasePage>(new() { [nameof(ErasePage.View)] = view, [nameof(ErasePage.Refusal)] = refused.Detail ?? Words.Of(request).TryAgain }, refused.Status)))));
    }

    /// <summary>The page itself, for whoever waits for one at the address where programs get JSON.</summary>
    public static async Task<IResult> ShowAsync(string number, RegistrationRow? row, HttpRequest request, DashboardDb database, RaceList races, TimeProvider time)
    {
        var told = request.Query["new"].ToString();
        if (row is not null)
        {
            var page = await OwnAsync(MyPageView.Of(row), races, time);
            (page[nameof(OwnPage.Done)], page[nameof(OwnPage.New)]) = (request.Query["done"].ToString(), told);
            return new Page<OwnPage>(page);
        }
        // Registered a moment ago, and not heard of yet. This browser has its key, wherever it comes from; who has none is not kept waiting.
        return request.Opened().Contains(RegistrationNumber.Normal(number))
            ? new Page<ArrivingPage>(new() { [nameof(ArrivingPage.Number)] = RegistrationNumber.Normal(number), [nameof(ArrivingPage.New)] = told }, StatusCodes.Status202Accepted)
            : await FindEndpoints.NotOpenedAsync(request, database, number);
    }

    private static async Task<IResult> WithAsync(string number, HttpRequest request, DashboardDb database, Func<MyPageView, Task<IResult>> show) =>
        await MyPage.OpenAsync(number, request, database, request.HttpContext.RequestAborted) is { } row ? await show(MyPageView.Of(row))
        : request.WantsPage() ? await FindEndpoints.NotOpenedAsync(request, database, number)
        : Problems.NotFound();

    /// <summary>For who goes back to what is settled by now, or is there too late: how it stands. Whoever has cancelled is told once more that it is done, and is not asked again.</summary>
    private static IResult Settled(MyPageView view, HttpRequest request) =>
        request.HttpContext.Response.SeeOther($"/mypage/{view.Number}{(view.Status == "CANCELLED" ? "?done=cancelled" : "")}");

    private static async Task<IResult> DoAsync(string number, HttpRequest request, Owners owners, string command, string done, Func<Reply, Task<IResult>> refuse)
    {
        if (!RegistrationNumber.TryParse(number, out var known)) return Problems.NotFound();
        var answer = await owners.AskAsync(request, HttpMethod.Post, ServiceNames.Registration, $"/registrations/{known}/{command}", new { });
        return answer.IsSuccess ? request.HttpContext.Response.SeeOther($"/mypage/{answer.Text("number")}?done={done}") : request.WantsPage() ? await refuse(answer) : answer.AsItCame();
    }

    private static async Task<IResult> SendChangeAsync(string number, HttpRequest request, DashboardDb database, RaceList races, Owners owners)
    {
        if (!RegistrationNumber.TryParse(number, out var known)) return Problems.NotFound();
        var form = await request.FormAsync();
        var wish = new { phoneNo = form.Text("phoneNo"), address = form.Text("address"), topSize = form.Text("topSize"), bottomSize = form.Text("bottomSize") };
        var answer = await owners.AskAsync(request, HttpMethod.Patch, ServiceNames.Registration, $"/registrations/{known}", wish);
        if (answer.IsSuccess) return request.HttpContext.Response.SeeOther($"/mypage/{answer.Text("number")}?done=changed");
        if (!request.WantsPage()) return answer.AsItCame();
        return await WithAsync(number, request, database, async view => new Page<ChangePage>(
            await ChangeAsync(view with { PhoneNo = wish.phoneNo, Address = wish.address, TopSize = wish.topSize, BottomSize = wish.bottomSize }, races, answer), answer.Status));
    }

    /// <summary>From a button on the page itself.</summary>
    private static async Task<IResult> ChooseMessagesAsync(string number, HttpRequest request, DashboardDb database, RaceList races, TimeProvider time, Owners owners)
    {
        if (!RegistrationNumber.TryParse(number, out var known)) return Problems.NotFound();
        var all = (await request.FormAsync()).Text("all") == "true";
        var answer = await owners.AskAsync(request, HttpMethod.Post, ServiceNames.Registration, $"/registrations/{known}/messages", new { all });
        if (answer.IsSuccess) return request.HttpContext.Response.SeeOther($"/mypage/{answer.Text("number")}?done=chosen");
        if (!request.WantsPage()) return answer.AsItCame();
        return await WithAsync(number, request, database, async view => new Page<OwnPage>(await OwnAsync(view, races, time, answer.Detail ?? Words.Of(request).TryAgain), answer.Status));
    }

    private static async Task<Dictionary<string, object?>> OwnAsync(MyPageView view, RaceList races, TimeProvider time, string? refusal = null) => new()
    {
        [nameof(OwnPage.View)] = view,
        [nameof(OwnPage.IsPickedUp)] = (await RaceOfAsync(view, races))?.KitHandover == "PICK_UP",
        [nameof(OwnPage.Now)] = time.GetUtcNow(),
        [nameof(OwnPage.Refusal)] = refusal,
    };

    private static async Task<Dictionary<string, object?>> ChangeAsync(MyPageView view, RaceList races, Reply? refused = null) => new()
    {
        [nameof(ChangePage.View)] = view,
        [nameof(ChangePage.Division)] = (await RaceOfAsync(view, races))?.Divisions.FirstOrDefault(division => division.DivisionId == view.DivisionId),
        [nameof(ChangePage.Refused)] = refused,
    };

    private static async Task<Dictionary<string, object?>> CancelAsync(MyPageView view, RaceList races, TimeProvider time, string? refusal = null) => new()
    {
        [nameof(CancelPage.View)] = view,
        [nameof(CancelPage.Race)] = await RaceOfAsync(view, races),
        [nameof(CancelPage.Now)] = time.GetUtcNow(),
        [nameof(CancelPage.Refusal)] = refusal,
    };

    private static async Task<RaceView?> RaceOfAsync(MyPageView view, RaceList races) => view.RaceId is { } raceId ? await races.FindAsync(raceId, CancellationToken.None) : null;
}
