using Marathon.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Marathon.Web.Tests;

/// <summary>Coming back: with a link from a message, in another browser, in another language.</summary>
[Collection(OneSite.Name)]
public sealed class FindingTests(Site site)
{
    [Fact]
    public async Task LostRegistration_IsFoundByPhone_AndOpenedByTheLink()
    {
        const string PhoneNo = "010-7391-5583", Sent = "+821073915583";
        await using var runner = await site.ReaderAsync("en-US");
        await runner.FillInAsync(site.Race, "Kim Forgetful");
        await runner.Page.Locator("#phoneNo").FillAsync(PhoneNo);
        await runner.Page.Locator("#send").ClickAsync();
        await runner.Page.Locator("#story").GetByText("Message").First.WaitForAsync();
        var number = new Uri(runner.Page.Url).AbsolutePath.Split('/')[2];

        await using var elsewhere = await site.ReaderAsync("en-US", isPhone: true);
        await elsewhere.Page.GotoAsync("/mypage/" + number);
        await Expect(elsewhere.Page.GetByText("has not been opened in this browser")).ToBeVisibleAsync();
        await elsewhere.LookAsync("find-locked");
        await elsewhere.Page.Locator("#phoneNo").FillAsync("+82 10 7391 5583");
        await elsewhere.Named(AriaRole.Button, "Send the link").ClickAsync();
        await Expect(elsewhere.Page.GetByText("Look at your phone")).ToBeVisibleAsync();
        await elsewhere.LookAsync("find-sent");

        // The sandbox's table is the phone.
        var link = await Eventually.GetAsync(async () => Assert.Single(await site.System.Database("notification").RowsAsync(
            "SELECT substring(text FROM '/open/\\S+') FROM sandbox_sms WHERE phone_no = $1 AND text LIKE '%/open/%'", Sent)));
        await elsewhere.Page.GotoAsync(link);
        await elsewhere.LookAsync("open");
        await elsewhere.Named(AriaRole.Button, "Open my registration").ClickAsync();
        await Expect(elsewhere.Page.Locator("#details")).ToContainTextAsync("Kim Forgetful");

        await elsewhere.Page.GotoAsync("/find");
        var opened = elsewhere.Page.Locator($"a[href='/mypage/{number}']");
        await Expect(opened).ToContainTextAsync("Kim Forgetful");
        await elsewhere.LookAsync("find-opened");
        await elsewhere.Named(AriaRole.Button, "Close them all").ClickAsync();
        await Expect(opened).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task WrongKey_OpensNothing_AndSaysSo()
    {
        await using var runner = await site.ReaderAsync();
        await runner.Page.GotoAsync("/find");
        await runner.Page.Locator("#number").FillAsync("M-0000-0000");
        await runner.Page.Locator("#accessKey").FillAsync("wrong");
        await runner.Named(AriaRole.Button, "접수 내역 열기").ClickAsync();

        await Expect(runner.Page.Locator("#accessKey-error")).ToContainTextAsync("찾을 수 없습니다");
        await runner.LookAsync("find-wrong-key");
    }

    [Fact]
    public async Task Language_IsSwitched_AndStays()
    {
        await using var reader = await site.ReaderAsync();
        await reader.Page.GotoAsync("/find");
        await reader.Named(AriaRole.Link, "English").ClickAsync();
        await Expect(reader.Page.Locator("h1")).ToHaveTextAsync("My registrations");
        await reader.Page.GotoAsync("/");
        await Expect(reader.Page.Locator("html")).ToHaveAttributeAsync("lang", "en");
    }

    /// <summary>On a desk and on a telephone, by day and by night, in both languages.</summary>
    [Theory]
    [InlineData("ko-KR", false, false)]
    [InlineData("en-US", true, false)]
    [InlineData("ko-KR", true, true)]
    [InlineData("en-US", false, true)]
    public async Task EveryPage_CanBeReadAndUsed_ByEverybody(string language, bool isPhone, bool isDark)
    {
        await using var reader = await site.ReaderAsync(language, isPhone, isDark);
        var own = "/mypage/" + await reader.RegisterAsync(site.Race, "김모두 Every Body");
        (string Name, string Address)[] pages =
        [
            ("mypage-own", own), ("mypage-change", own + "/change"), ("mypage-cancel", own + "/cancel"), ("mypage-erase", own + "/erase"),
            ("shop", "/"), ("race", $"/race/{site.Race.RaceId}"), ("register", $"/register/{site.Race.RaceId}/{site.Race.DivisionId}"), ("find", "/find"), ("nothing-there", "/nothing-there"),
        ];
        foreach (var (name, address) in pages)
        {
            await reader.Page.GotoAsync(address);
            await reader.LookAsync(name);
        }

        // What is refused: in its own page, in the form, and to whoever guesses.
        await reader.Page.GotoAsync(own + "/erase");
        await reader.Page.Locator("main form button").ClickAsync();
        await Expect(reader.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(1);
        await reader.LookAsync("mypage-erase-refused");
        await reader.FillInAsync(site.SoldOut, "김모두 Every Body");
        await reader.Page.Locator("#send").ClickAsync();
        await Expect(reader.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(1);
        await reader.LookAsync("register-full");
        await reader.Page.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["X-Forwarded-For"] = "203.0.113.7" });
        await reader.Page.GotoAsync("/mypage/M-0000-0000");
        Assert.Equal(429, (await reader.Page.GotoAsync("/mypage/M-0000-0000"))!.Status);
        await reader.LookAsync("too-many");
    }

    /// <summary>One registration, opened in several browsers, for as long as nothing is charged.</summary>
    [Fact]
    public async Task PageOfAPlaceThatIsHeld_CanBeRead_ByEverybody()
    {
        await using var hold = await site.HoldAsync("payment", "payments");
        await using var runner = await site.ReaderAsync();
        await using var onAPhone = await site.ReaderAsync("en-US", isPhone: true, isDark: true);
        var own = "/mypage/" + await runner.RegisterAsync(site.Race, "한기다림");
        await onAPhone.Page.Context.AddCookiesAsync((await runner.Page.Context.CookiesAsync()).Select(cookie => new Cookie { Name = cookie.Name, Value = cookie.Value, Url = site.Address.ToString() }));
        foreach (var reader in (Reader[])[runner, onAPhone])
        {
            await reader.Page.GotoAsync(own);
            await Expect(reader.Page.Locator("[data-status].wait")).ToHaveCountAsync(1);
            await reader.LookAsync("mypage-held");
            await reader.Page.GotoAsync(own + "/cancel");
            await reader.LookAsync("mypage-cancel-held");
        }
    }
}
