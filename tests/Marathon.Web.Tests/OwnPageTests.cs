using Marathon.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Marathon.Web.Tests;

/// <summary>What runners do on their page, and how it follows what others do.</summary>
[Collection(OneSite.Name)]
public sealed class OwnPageTests(Site site)
{
    [Fact]
    public async Task Messages_AreAllWanted_UntilTheRunnerSaysOtherwise()
    {
        await using var runner = await site.ReaderAsync("en-US", isPhone: true);
        await runner.RegisterAsync(site.Race, "Park Quiet");

        await runner.Named(AriaRole.Button, "Send me only what I need").ClickAsync();

        await Expect(runner.Page.GetByText("It appears on this page in a moment.")).ToBeVisibleAsync();
        await Expect(runner.Named(AriaRole.Button, "Send me every message")).ToBeVisibleAsync();
        await runner.LookAsync("own-few-messages");
    }

    [Fact]
    public async Task Kit_IsDispatched_WhileTheRunnerLooks()
    {
        await using var runner = await site.ReaderAsync("en-US", isPhone: true, isDark: true);
        var number = await runner.RegisterAsync(site.Race, "Kim Watching");
        await Expect(runner.Page.Locator("#ticket")).ToContainTextAsync("Ready to be sent");

        await site.OrganiseAsync($"/deliveries/{number}/dispatch", new { carrier = "Hanbit Parcel", trackingNumber = "901885642085" });

        await Expect(runner.Page.Locator("#story")).ToContainTextAsync("901885642085");
        await Expect(runner.Page.Locator("#ticket")).ToContainTextAsync("On its way");
        await Expect(runner.Named(AriaRole.Link, "Change my details")).ToHaveCountAsync(0);
        await runner.LookAsync("mypage-dispatched");
    }

    [Fact]
    public async Task Stream_ThatIsRefused_IsAskedForAgain_AndThePageIsNotFetchedMeanwhile()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.RegisterAsync(site.Race, "Kim Refused");
        var (asked, fetched, meanwhile) = (0, 0, -1);
        await runner.Page.RouteAsync("**/events", route =>
        {
            if (++asked == 1) return route.FulfillAsync(new() { Status = 204 });
            meanwhile = fetched;
            return route.ContinueAsync();
        });
        // By the page that was refused, not by the one before it.
        runner.Page.Request += (_, request) => { if (asked > 0 && request.ResourceType == "fetch") fetched++; };
        await runner.Page.ReloadAsync();

        await Eventually.TrueAsync(() => Task.FromResult(meanwhile >= 0));
        Assert.Equal(0, meanwhile);
    }

    [Fact]
    public async Task Stream_OfAPageThatNobodySees_IsClosed_AndIsOpenAgainWhenItIsSeen()
    {
        await using var runner = await site.ReaderAsync("en-US");
        var number = await runner.RegisterAsync(site.Race, "Kim Elsewhere");
        await Expect(runner.Page.Locator("#ticket")).ToContainTextAsync("Ready to be sent");
        var closed = new TaskCompletionSource();
        runner.Page.RequestFailed += (_, request) => { if (request.Url.EndsWith("/events", StringComparison.Ordinal)) closed.TrySetResult(); };
        await ShowAsync(isHidden: true);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await site.OrganiseAsync($"/deliveries/{number}/dispatch", new { carrier = "Hanbit Parcel", trackingNumber = "901885642086" });

        await ShowAsync(isHidden: false);
        await Expect(runner.Page.Locator("#story")).ToContainTextAsync("901885642086");

        // No window of a browser without a screen is ever behind another.
        Task ShowAsync(bool isHidden) => runner.Page.EvaluateAsync("isHidden => { Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", isHidden);
    }

    [Fact]
    public async Task Change_ThatCouldNotBeFetched_IsFetchedAgain_AndWaitsForWhoeverUsesThePart()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.RegisterAsync(site.Race, "Kim Busy");
        await Expect(runner.Page.Locator("#ticket")).ToContainTextAsync("Ready to be sent");
        var fetched = 0;
        // One event, and none after it that would bring to mind what was missed.
        await runner.Page.RouteAsync("**/events", async route =>
        {
            await runner.Named(AriaRole.Link, "Change my details").FocusAsync();
            await route.FulfillAsync(new() { ContentType = "text/event-stream", Body = "retry: 600000\nevent: page\nid: another\ndata: {}\n\n" });
        });
        await runner.Page.RouteAsync("**/mypage/**", async route =>
        {
            if (route.Request.ResourceType != "fetch") await route.FallbackAsync();
            else if (++fetched == 1) await route.FulfillAsync(new() { Status = 503 });
            else
            {
                var answer = await route.FetchAsync();
                await route.FulfillAsync(new() { Response = answer, Body = (await answer.TextAsync()).Replace("Kim Busy", "Kim Told", StringComparison.Ordinal).Replace("Bib ", "The bib ", StringComparison.Ordinal) });
            }
        });
        await runner.Page.ReloadAsync();

        await Expect(runner.Page.Locator("#story")).ToContainTextAsync("The bib");
        await Expect(runner.Page.Locator("#details")).ToContainTextAsync("Kim Busy");
        await runner.Page.EvaluateAsync("document.activeElement.blur()");
        await Expect(runner.Page.Locator("#details")).ToContainTextAsync("Kim Told");
    }

    [Fact]
    public async Task Size_IsChanged_AndThePageShowsIt()
    {
        await using var runner = await site.ReaderAsync();
        await runner.RegisterAsync(site.Race, "이변경");
        await runner.Named(AriaRole.Link, "신청 내용 변경").ClickAsync();
        await runner.LookAsync("mypage-change");
        await runner.Page.Locator("#topSize").SelectOptionAsync("110");
        await runner.Page.Locator("#address").FillAsync("부산시 해운대구 우동 1");
        await runner.Named(AriaRole.Button, "저장").ClickAsync();

        await Expect(runner.Page.GetByText("변경했습니다")).ToBeVisibleAsync();
        await Expect(runner.Page.Locator("#details")).ToContainTextAsync("부산시 해운대구 우동 1");
        await Expect(runner.Page.Locator("#details")).ToContainTextAsync("110");
    }

    [Fact]
    public async Task Registration_IsCancelled_AfterTheRefundWasShown_AndThePersonErased()
    {
        await using var runner = await site.ReaderAsync();
        await runner.RegisterAsync(site.Race, "정취소");
        await runner.Named(AriaRole.Link, "접수 취소").ClickAsync();
        await Expect(runner.Page.Locator("[data-refund]")).ToHaveTextAsync("20,000원");
        await runner.LookAsync("mypage-cancel");
        await runner.Named(AriaRole.Button, "취소하기").ClickAsync();

        await Expect(runner.Page.Locator("[data-status]")).ToHaveTextAsync("취소됨");
        await Expect(runner.Page.Locator("#story")).ToContainTextAsync("20,000원 환불 완료");
        await runner.LookAsync("mypage-cancelled");

        // Whoever goes back is told so again, and asked nothing.
        await runner.Page.GoBackAsync();
        await Expect(runner.Page.GetByText("접수를 취소했습니다")).ToBeVisibleAsync();
        await Expect(runner.Named(AriaRole.Button, "취소하기")).ToHaveCountAsync(0);

        await runner.Named(AriaRole.Link, "내 정보 삭제").ClickAsync();
        await runner.LookAsync("mypage-erase");
        await runner.Named(AriaRole.Button, "삭제하기").ClickAsync();
        await Expect(runner.Page.Locator("#details")).Not.ToContainTextAsync("정취소");
    }

    [Fact]
    public async Task Erasing_WhileTheRegistrationStands_IsRefusedInWords()
    {
        await using var runner = await site.ReaderAsync("en-US");
        var number = await runner.RegisterAsync(site.Race, "Kim Staying");
        await runner.Page.GotoAsync($"/mypage/{number}/erase");
        await runner.Named(AriaRole.Button, "Erase them").ClickAsync();

        await Expect(runner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("still stands");
    }
}
