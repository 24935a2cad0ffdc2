using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marathon.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Marathon.Web.Tests;

/// <summary>From the shop window to a place, by every way it can go.</summary>
[Collection(OneSite.Name)]
public sealed partial class RegisteringTests(Site site)
{
    [Fact]
    public async Task Runner_FindsARace_RegistersAndSeesTheirPage()
    {
        await using var runner = await site.ReaderAsync(isPhone: true);
        await runner.Page.GotoAsync("/");
        await runner.Named(AriaRole.Link, "한강 나이트런").ClickAsync();
        await runner.Named(AriaRole.Link, "접수하기").ClickAsync();
        await runner.FillInAsync(site.Race, "홍길동");
        await runner.LookAsync("register-filled");
        await runner.Page.Locator("#send").ClickAsync();

        await Expect(runner.Page.GetByText("접수가 완료되었습니다").First).ToBeVisibleAsync();
        await runner.Page.Locator("[data-live]").WaitForAsync();
        await Expect(runner.Page.Locator("#ticket .bib")).ToBeVisibleAsync();
        await Expect(runner.Page.Locator("#story")).ToContainTextAsync("문자");
        Assert.DoesNotMatch(Key(), await runner.Page.ContentAsync());
        await runner.LookAsync("mypage");
    }

    /// <summary>Nobody has to load a page again in the second in which everybody does.</summary>
    [Fact]
    public async Task Race_OpensByTheClock_OnThePagesThatAreThere()
    {
        var opensAt = DateTimeOffset.UtcNow.AddSeconds(30);
        var race = await site.System.ScheduleRaceAsync("서울숲 새벽런 (Seoul Forest Dawn Run)", 50, opensAt);
        await using var runner = await site.ReaderAsync(isPhone: true);
        await using var reader = await site.ReaderAsync("en-US", isDark: true);
        var countdown = reader.Page.Locator($"[data-race='{race.RaceId}'] [data-countdown]");
        await Eventually.TrueAsync(async () =>
        {
            await reader.Page.GotoAsync("/");
            return await countdown.CountAsync() == 1;
        });
        await Expect(countdown).ToHaveTextAsync(Clock());
        await reader.LookAsync("shop-soon");
        await runner.FillInAsync(race, "김새벽");
        await Expect(runner.Page.Locator("#send")).ToBeDisabledAsync();
        await Expect(runner.Page.Locator("[data-countdown]")).ToHaveTextAsync(Clock());
        await runner.LookAsync("register-soon");
        await reader.Page.GotoAsync($"/race/{race.RaceId}");
        var offer = reader.Page.Locator($"a[href^='/register/{race.RaceId}']");
        await Expect(offer).ToContainTextAsync("Fill in the form");
        await reader.LookAsync("race-soon");
        Assert.True(DateTimeOffset.UtcNow < opensAt, "It took so long to look at the pages that the race is open by now.");

        await Expect(runner.Page.Locator("#send")).ToBeEnabledAsync(new() { Timeout = 60_000 });
        Assert.True(DateTimeOffset.UtcNow >= opensAt);
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Page.WaitForURLAsync("**/mypage/**");
        await Expect(offer).ToContainTextAsync("Register");

        await site.OrganiseAsync($"/races/{race.RaceId}/suspend?force=true", new { });
        await Eventually.TrueAsync(async () =>
        {
            await reader.Page.ReloadAsync();
            return await reader.Page.GetByText("The organiser is working on this race.").IsVisibleAsync();
        });
        await reader.LookAsync("race-suspended");
    }

    [GeneratedRegex(@"^00:00:\d\d$")]
    private static partial Regex Clock();

    [Fact]
    public async Task Runner_WithoutScript_Registers_AndIsToldWhatIsWrong()
    {
        await using var runner = await site.ReaderAsync("en-US", hasScript: false);
        await runner.FillInAsync(site.Race, "Jane Plain");
        // The browser itself would not send an empty field, and does not know what a phone number is.
        await runner.Page.Locator("#phoneNo").FillAsync("01012");
        await runner.Page.EvaluateAsync("document.querySelector('form.card').noValidate = true");
        await runner.Page.Locator("#send").ClickAsync();
        await Expect(runner.Page.Locator("#phoneNo-error")).ToContainTextAsync("is not a phone number");
        await Expect(runner.Page.Locator("#name")).ToHaveValueAsync("Jane Plain");
        await Expect(runner.Page.Locator("#phoneNo")).ToBeFocusedAsync();

        await runner.Page.Locator("#phoneNo").FillAsync("010-1234-4256");
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Page.Locator("[data-live]").WaitForAsync();
        await Expect(runner.Page.Locator("h1")).ToContainTextAsync("Han River Night Run");
    }

    [Fact]
    public async Task Field_IsToldToBeWrong_WhenItIsLeft_AndTheFormIsNotSent()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.Page.GotoAsync($"/register/{site.Race.RaceId}/{site.Race.DivisionId}");
        await runner.Page.Locator("#phoneNo").FillAsync("12");
        await runner.Page.Locator("#address").FocusAsync();
        await Expect(runner.Page.Locator("#phoneNo-error")).ToContainTextAsync("is not a phone number");
        await Expect(runner.Page.Locator("#phoneNo-error")).ToHaveAttributeAsync("aria-live", "polite");

        await runner.Page.Locator("#send").ClickAsync();
        await Expect(runner.Page.Locator("#name-error")).ToHaveTextAsync("is required");
        await Expect(runner.Page.Locator("#name")).ToBeFocusedAsync();
        await runner.LookAsync("register-wrong");

        await runner.Page.Locator("#name").FillAsync("Kim");
        await Expect(runner.Page.Locator("#name-error")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Card_ThatIsDeclined_KeepsWhatWasFilledIn_AndAnotherCardWorks()
    {
        await using var runner = await site.ReaderAsync();
        await runner.FillInAsync(site.Race, "박거절", "tok_declined");
        await runner.Page.Locator("#send").ClickAsync();

        await Expect(runner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("결제가 거절되었습니다");
        await Expect(runner.Page.GetByRole(AriaRole.Alert)).ToBeFocusedAsync();
        await Expect(runner.Page).ToHaveTitleAsync(new Regex("^결제가 거절되었습니다"));
        await Expect(runner.Page.Locator("#name")).ToHaveValueAsync("박거절");
        await Expect(runner.Page.Locator("#topSize")).ToHaveValueAsync("105");
        await runner.LookAsync("register-declined");
        await runner.Page.Locator("input[value=tok_approved]").CheckAsync();
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Page.WaitForURLAsync("**/mypage/**");
    }

    [Fact]
    public async Task Payment_ThatTakesLonger_SettlesOnThePageByItself()
    {
        await using var runner = await site.ReaderAsync();
        await runner.FillInAsync(site.Race, "최느림", "tok_slow");
        await runner.Page.Locator("#send").ClickAsync();

        await Expect(runner.Page.GetByText("결제를 확인하고 있습니다").First).ToBeVisibleAsync();
        // From here on it exchanges its parts and stays where it is.
        await runner.Page.Locator("[data-live]").WaitForAsync();
        await runner.LookAsync("mypage-pending");
        await Expect(runner.Page.Locator("[data-status]")).ToHaveTextAsync("접수 완료");
    }

    [Fact]
    public async Task Race_ThatIsSoldOut_SaysSo_AndSoDoesTheForm()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.Page.GotoAsync($"/race/{site.SoldOut.RaceId}");
        await Expect(runner.Page.GetByText("Sold out")).ToBeVisibleAsync();
        await Expect(runner.Named(AriaRole.Link, "Register")).ToHaveCountAsync(0);
        await runner.LookAsync("race-sold-out");

        // Whoever had the form open all the time.
        await runner.FillInAsync(site.SoldOut, "Kim Late");
        await runner.Page.Locator("#send").ClickAsync();
        await Expect(runner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No place is left");
        await runner.LookAsync("register-full");
    }

    [Fact]
    public async Task Place_ThatComesBack_IsOffered_WhileTheRacesPageIsOpen_AndNoLongerWhenItIsTaken()
    {
        await using var runner = await site.ReaderAsync("en-US");
        var remaining = 1;
        await runner.Page.RouteAsync($"**/races/{site.SoldOut.RaceId}", async route =>
        {
            var answer = await route.FetchAsync();
            var race = JsonNode.Parse(await answer.TextAsync())!;
            race["divisions"]![0]!["remaining"] = remaining;
            await route.FulfillAsync(new() { Response = answer, Body = race.ToJsonString() });
        });
        await runner.Page.GotoAsync($"/race/{site.SoldOut.RaceId}");
        await Expect(runner.Named(AriaRole.Link, "Register")).ToBeVisibleAsync();
        await Expect(runner.Page.Locator("[data-state]")).ToHaveTextAsync("Open");

        remaining = 0;
        await Expect(runner.Named(AriaRole.Link, "Register")).ToHaveCountAsync(0);
        await Expect(runner.Page.Locator("[data-state]")).ToHaveTextAsync("Sold out");
    }

    [Fact]
    public async Task Answer_ThatGotLost_IsFoundByTryingAgain_AndNothingIsChargedTwice()
    {
        await using var runner = await site.ReaderAsync("en-US");
        await runner.FillInAsync(site.Race, "Kim Unsure");
        var form = runner.Page.Url;
        await runner.Page.RouteAsync("**/register/**", async route =>
        {
            if (route.Request.Method != "POST") await route.ContinueAsync();
            else
            {
                await route.FetchAsync(new() { MaxRedirects = 0 });
                await route.FulfillAsync(new() { Status = 503, ContentType = "text/html", Body = "<a href=''>Try again</a>" });
            }
        });
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Named(AriaRole.Link, "Try again").ClickAsync();
        await runner.Page.UnrouteAllAsync();

        await runner.FillInAsync("Kim Unsure");
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Page.WaitForURLAsync("**/mypage/**");

        // Whoever is given the address has a form of their own.
        await using var friend = await site.ReaderAsync("en-US");
        await friend.Page.GotoAsync(form);
        await friend.FillInAsync("Lee Friend");
        await friend.Page.Locator("#send").ClickAsync();
        await friend.Page.WaitForURLAsync("**/mypage/**");

        Assert.Contains("?key=", form, StringComparison.Ordinal);
        Assert.Equal(1L, await site.System.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE name = 'Kim Unsure'"));
    }

    [Fact]
    public async Task Button_PressedTwice_IsOneRegistration()
    {
        await using var runner = await site.ReaderAsync();
        await runner.FillInAsync(site.Race, "두번누름");
        var before = await site.System.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE name = '두번누름'");
        await runner.Page.EvaluateAsync("() => { const form = document.querySelector('form.card'); HTMLFormElement.prototype.submit.call(form); HTMLFormElement.prototype.submit.call(form); }");
        await runner.Page.WaitForURLAsync("**/mypage/**");

        Assert.Equal((0L, 1L), (before, await site.System.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE name = '두번누름'")));
    }

    [Fact]
    public async Task Button_ThatIsPressed_CannotBePressedAgain_UntilThereIsAnAnswer()
    {
        await using var runner = await site.ReaderAsync("en-US");
        var (sent, answer) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await runner.Page.RouteAsync("**/register/**", async route =>
        {
            if (route.Request.Method == "POST")
            {
                sent++;
                await answer.Task;
            }
            await route.ContinueAsync();
        });
        await runner.FillInAsync(site.Race, "Press Once");
        var send = runner.Page.Locator("#send");
        // Asked within the page: while it waits for the next one, nothing can be asked of it from without.
        var pressed = await send.EvaluateAsync<string>("""
            async button => {
              button.click();
              button.click();
              await new Promise(done => setTimeout(done, 100));
              return `${button.disabled} ${button.form.getAttribute('aria-busy')}`;
            }
            """);
        Assert.Equal("true true", pressed);

        answer.SetResult();
        await runner.Page.WaitForURLAsync("**/mypage/**");
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task Service_ThatIsAway_IsAskedAgainByThePage_UntilThereIsAPlace()
    {
        await using var runner = await site.ReaderAsync("en-US", isPhone: true);
        await runner.FillInAsync(site.Race, "Kim Patient");
        var bringBack = await site.TakeAwayAsync("registration");
        try
        {
            await runner.Page.Locator("#send").ClickAsync();
            await Expect(runner.Page.Locator("[data-retry]")).ToContainTextAsync("Sending again by itself");
            await Expect(runner.Page.Locator("#name")).ToHaveValueAsync("Kim Patient");
            await runner.LookAsync("register-retry");
        }
        finally { await bringBack(); }

        await runner.Page.WaitForURLAsync("**/mypage/**");
    }

    [GeneratedRegex("[0-9a-f]{40}")]
    private static partial Regex Key();
}
