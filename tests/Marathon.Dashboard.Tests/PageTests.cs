using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marathon.Dashboard.Tests;

/// <summary>The runners' pages as they come, in front of a Registration that says what a test wants.</summary>
public sealed class PageTests(Servers servers) : DashboardTests(servers)
{
    private static readonly string[] Sizes = ["M", "L"];

    // A division of its own: the broker is shared with other tests.
    private readonly Story story = new() { DivisionId = Guid.CreateVersion7() };
    private readonly Guid full = Guid.CreateVersion7();
    private WebApplication registration = null!;
    private IResult says = Results.StatusCode(StatusCodes.Status500InternalServerError);

    private protected override string Registration => registration.Urls.Single();

    public override async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        registration = builder.Build();
        registration.Urls.Add("http://127.0.0.1:0");
        registration.Map("{**path}", () => says);
        await registration.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await registration.DisposeAsync();
    }

    [Fact]
    public async Task Cancelling_WhileRegistrationIsAway_SaysThatItWasNotDone()
    {
        await HeardAsync((story.Confirmed(), 1));
        await registration.StopAsync();

        using var answer = await dashboard.SendFormAsync($"/mypage/{story.Number}/cancel", story.AccessKey);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Cancel your registration?", page, StringComparison.Ordinal);
        Assert.Contains("This cannot be done just now.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_OfWhatHasEndedMeanwhile_ShowsHowItStands_AndAsksNothingAgain()
    {
        await HeardAsync((story.AwaitingPayment(), 1), (story.Expired(), 2));
        says = Results.Json(new { code = "not-active", detail = "It has ended." }, statusCode: StatusCodes.Status409Conflict);

        using var answer = await dashboard.SendFormAsync($"/mypage/{story.Number}/cancel", story.AccessKey);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("It has ended.", page, StringComparison.Ordinal);
        Assert.Contains("Not paid in time", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Cancel your registration?", page, StringComparison.Ordinal);
    }

    /// <summary>Whoever goes back is not asked what is settled, and not promised money that is on its way or was never paid.</summary>
    [Theory]
    [InlineData("held", "/cancel", "/cancel")]
    [InlineData("registered", "/cancel", "/cancel")]
    [InlineData("cancelled", "/cancel", "?done=cancelled")]
    [InlineData("declined", "/cancel", "")]
    [InlineData("checked in", "/cancel", "")]
    [InlineData("registered", "/change", "/change")]
    [InlineData("cancelled", "/change", "?done=cancelled")]
    [InlineData("dispatched", "/change", "")]
    public async Task Question_ThatIsSettled_LeadsToMyPage(string state, string asked, string shown)
    {
        await HeardAsync(state switch
        {
            "held" => [(story.AwaitingPayment(), 1)],
            "cancelled" => [(story.Confirmed(), 1), (story.Cancelled(), 2)],
            "declined" => [(story.AwaitingPayment(), 1), (story.Declined(), 2)],
            "checked in" => [(story.Confirmed(), 1), (story.Received(), 1), (story.CheckedIn(), 2)],
            "dispatched" => [(story.Confirmed(), 1), (story.Received(), 1), (story.Ready(), 2), (story.Dispatched(), 3)],
            _ => [(story.Confirmed(), 1)],
        });

        using var page = await dashboard.PageAsync($"/mypage/{story.Number}{asked}", story.AccessKey);

        Assert.Equal($"/mypage/{story.Number}{shown}", page.RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Fact]
    public async Task MyPage_OfOneWhoHasNoPlace_SpeaksOfNoKit()
    {
        var registered = new Story();
        await HeardAsync((story.AwaitingPayment(), 1), (story.Expired(), 2), (registered.Confirmed(), 1));

        Assert.DoesNotContain("<dt>Kit</dt>", await MyPageAsync(story), StringComparison.Ordinal);
        Assert.Contains("<dt>Kit</dt><dd>Not ready yet</dd>", await MyPageAsync(registered), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MyPage_OfARaceThatWasMovedAndRenamed_ShowsItAsItIsNow_InEachWay()
    {
        var moved = new RaceChanged
        {
            RaceId = story.RaceId, At = Story.Beginning.AddDays(1), Name = "Busan Marathon", Place = "Busan", Date = new(2027, 4, 3), OpensAt = Story.Beginning, ClosesAt = Story.Beginning.AddDays(30),
            Currency = "KRW", Divisions = [new(story.DivisionId, "11K", Story.Fee, 100, Sizes, Sizes)],
        };
        await HeardAsync((Scheduled(Story.Beginning) with { Date = new(2026, 11, 29) }, 1), (story.Confirmed(), 1));
        await using var stream = new EventStream(await dashboard.OpenAsync($"/mypage/{story.Number}/events", story.AccessKey, lastEventId: null), TimeSpan.FromSeconds(20));
        Assert.Equal("Seoul Marathon 2026-11-29 10K", Race(await stream.NextAsync("page")));
        var last = stream.LastId;

        await HeardAsync((moved, 2));

        Assert.Equal("Busan Marathon 2027-04-03 11K", Race(await stream.NextAsync("page")));
        using var json = await dashboard.MyPageAsync(story.Number, story.AccessKey);
        Assert.Equal("Busan Marathon 2027-04-03 11K", Race(JsonNode.Parse(await json.Content.ReadAsStringAsync())!));
        // Whoever has seen it as it was, and comes back, sees it as it is.
        await using var back = new EventStream(await dashboard.OpenAsync($"/mypage/{story.Number}/events", story.AccessKey, last), TimeSpan.FromSeconds(20));
        Assert.Equal("Busan Marathon 2027-04-03 11K", Race(await back.NextAsync("page")));
        var page = await MyPageAsync(story);
        Assert.Contains("<h1>Busan Marathon</h1>", page, StringComparison.Ordinal);
        Assert.Contains("11K · Busan · Sat, 3 Apr 2027", page, StringComparison.Ordinal);
        Assert.Contains("Race day, Sat, 3 Apr 2027", page, StringComparison.Ordinal);
        // And so does whoever organises it.
        await Eventually.TrueAsync(async () =>
        {
            using var file = await dashboard.GetAsync($"/dashboards/export.csv?raceId={story.RaceId}", key: null);
            return (await file.Content.ReadAsStringAsync()).Contains("Busan Marathon", StringComparison.Ordinal);
        });

        static string Race(JsonNode page) => $"{page["raceName"]} {page["raceDate"]} {page["divisionName"]}";
    }

    [Fact]
    public async Task Form_SentInTheMomentInWhichTheRaceOpens_IsSentAgainByThePage()
    {
        await HeardAsync((Scheduled(opensAt: DateTimeOffset.UtcNow.AddSeconds(-2)), 1));
        says = NotOpen;

        var page = await RegisterAsync(HttpStatusCode.Conflict);

        Assert.Contains("Registration is just opening", page, StringComparison.Ordinal);
        // What is counted down is not read out each second.
        Assert.Matches("<div data-retry=\"1\"[^>]*><span role=\"timer\"", page);
        Assert.Contains("?key=once\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_SentBeforeTheRaceOpens_SaysWhenItDoes()
    {
        await HeardAsync((Scheduled(opensAt: DateTimeOffset.UtcNow.AddHours(1)), 1));
        says = NotOpen;

        var page = await RegisterAsync(HttpStatusCode.Conflict);

        Assert.Contains("Registration is not open now", page, StringComparison.Ordinal);
        Assert.Contains("data-countdown", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-retry", page, StringComparison.Ordinal);
    }

    /// <summary>It may have been taken, in the last moment before the race closed: under its key it is the same one.</summary>
    [Fact]
    public async Task Form_WhoseOutcomeIsUnknown_IsSentAgain_AlsoWhenTheRaceHasClosedSince()
    {
        await HeardAsync((Scheduled(Story.Beginning), 1), (new RaceOpened { RaceId = story.RaceId, At = Story.Beginning }, 2), (new RaceClosed { RaceId = story.RaceId, At = Story.Beginning }, 3));
        says = Results.Json(new { code = "not-settled-yet" }, statusCode: StatusCodes.Status503ServiceUnavailable);
        await Eventually.TrueAsync(async () => !(await ReadAsync($"/register/{story.RaceId}/{story.DivisionId}")).Contains("data-form=\"register\"", StringComparison.Ordinal));

        var page = await RegisterAsync(HttpStatusCode.ServiceUnavailable);

        Assert.Contains("data-retry=", page, StringComparison.Ordinal);
        Assert.Contains("data-form=\"register\"", page, StringComparison.Ordinal);
        Assert.Contains("?key=once\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_OfASoldOutDivision_SaysSoBeforeItIsFilledIn()
    {
        await HeardAsync((Scheduled(Story.Beginning), 1), (new RaceOpened { RaceId = story.RaceId, At = Story.Beginning }, 2), (new RaceSoldOut { RaceId = story.RaceId, At = Story.Beginning, DivisionId = full }, 3));

        await Eventually.TrueAsync(async () => (await FormAsync(full)).Contains("<strong>No place is left</strong>", StringComparison.Ordinal));
        Assert.DoesNotContain("No place is left", await FormAsync(story.DivisionId), StringComparison.Ordinal);

        async Task<string> FormAsync(Guid division)
        {
            using var page = await dashboard.PageAsync($"/register/{story.RaceId}/{division}");
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            return await page.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Race_ThatIsOver_HasNoForm_AndIsAmongThePastOnes()
    {
        await HeardAsync((Scheduled(Story.Beginning) with { Name = "Long Ago", Date = new(2026, 11, 2) }, 1));

        await Eventually.TrueAsync(async () => (await ReadAsync("/?past=1")).Contains($"/race/{story.RaceId}", StringComparison.Ordinal));
        Assert.DoesNotContain(story.RaceId.ToString(), await ReadAsync("/"), StringComparison.Ordinal);
        Assert.Contains("href=\"/?past=1\"", await ReadAsync("/"), StringComparison.Ordinal);
        // Nobody asks again and again how many places are left there.
        Assert.DoesNotContain("data-race=", await ReadAsync("/?past=1"), StringComparison.Ordinal);
        Assert.DoesNotContain("<form class=\"card\"", await ReadAsync($"/register/{story.RaceId}/{full}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mine_AsThisBrowserHasOpenedThem_SaysWhoseTheyAre()
    {
        await HeardAsync((story.Confirmed(), 1));

        using var page = await dashboard.PageAsync("/find", opened: $"{story.Number},M-0000-0000");

        var text = await page.Content.ReadAsStringAsync();
        Assert.Contains($"<a href=\"/mypage/{story.Number}\">{story.Name} · Seoul Marathon · 10K</a>", text, StringComparison.Ordinal);
        // Not heard of yet.
        Assert.Contains("<a href=\"/mypage/M-0000-0000\">M-0000-0000</a>", text, StringComparison.Ordinal);
    }

    private async Task<string> ReadAsync(string path)
    {
        using var page = await dashboard.PageAsync(path);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return await page.Content.ReadAsStringAsync();
    }

    private static IResult NotOpen => Results.Json(new { code = "race-not-open", detail = "not open" }, statusCode: StatusCodes.Status409Conflict);

    private RaceScheduled Scheduled(DateTimeOffset opensAt) => new()
    {
        RaceId = story.RaceId, At = Story.Beginning, Name = "Seoul Marathon", Place = "Seoul", Date = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(100), OpensAt = opensAt,
        Divisions = [new(story.DivisionId, "10K", Story.Fee, 100, Sizes, Sizes), new(full, "Full", Story.Fee, 100, Sizes, Sizes)],
    };

    /// <summary>Tells of it, and waits until it is applied.</summary>
    private async Task HeardAsync(params (IntegrationEvent Event, int Version)[] told)
    {
        await others.SendAsync(told);
        foreach (var each in told) await dashboard.Database.AppliedAsync(EventCatalog.Stream(each.Event.GetType()), each.Version, each.Event.AggregateId);
    }

    private async Task<string> MyPageAsync(Story of)
    {
        using var page = await dashboard.PageAsync($"/mypage/{of.Number}", of.AccessKey);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return await page.Content.ReadAsStringAsync();
    }

    /// <summary>Sends the form, and waits for the page of this status.</summary>
    private Task<string> RegisterAsync(HttpStatusCode status) => Eventually.GetAsync(async () =>
    {
        using var page = await dashboard.SendFormAsync($"/register/{story.RaceId}/{story.DivisionId}?key=once", key: null, ("name", story.Name));
        Assert.Equal(status, page.StatusCode);
        return await page.Content.ReadAsStringAsync();
    });
}
