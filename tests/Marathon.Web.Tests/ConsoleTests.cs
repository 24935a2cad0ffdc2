using System.Text.RegularExpressions;
using Marathon.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Marathon.Web.Tests;

/// <summary>What those who work with races do in the console.</summary>
[Collection(OneSite.Name)]
public sealed partial class ConsoleTests(Site site)
{
    [Fact]
    public async Task Organiser_LogsIn_AndComesToWhereTheyWantedToGo()
    {
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync("/console/payments?status=REFUNDED");
        await organiser.LookAsync("console-login");
        await organiser.LogInAsync(Staff.Organiser, "not this one");
        await Expect(organiser.Page.Locator("#password-error")).ToHaveTextAsync("계정이나 비밀번호가 맞지 않습니다");
        await organiser.LogInAsync(Staff.Organiser);

        await Expect(organiser.Page).ToHaveURLAsync(PaymentsOfRefunds());
        await organiser.Named(AriaRole.Button, "로그아웃").ClickAsync();
        await organiser.Page.GotoAsync("/console/payments");
        await Expect(organiser.Page).ToHaveURLAsync(Login());
    }

    [Fact]
    public async Task Crew_SeesTheRollAndTheKits_AndIsToldWhatIsNotForThem()
    {
        await using var crew = await site.ReaderAsync("en-US", isPhone: true);
        await crew.Page.GotoAsync("/console");
        await crew.LogInAsync(Staff.Crew);
        await Expect(crew.Page).ToHaveURLAsync(Roll());
        await Expect(crew.Named(AriaRole.Link, "Payments")).ToHaveCountAsync(0);

        await crew.Page.GotoAsync("/console/payments");

        await Expect(crew.Named(AriaRole.Heading, "This is not open to you")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Race_IsScheduledAndOpened_AndARegistrationAppearsByItself()
    {
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync("/console/races/new");
        await organiser.LogInAsync(Staff.Organiser);
        await organiser.Page.Locator("#name").FillAsync("봄꽃 하프마라톤");
        await organiser.Page.Locator("#place").FillAsync("경주 보문호");
        await organiser.Page.Locator("#date").FillAsync("2099-04-05");
        await organiser.Page.Locator("#opensAt").FillAsync("2099-03-01T10:00");
        await organiser.Page.Locator("#closesAt").FillAsync("2099-03-20T18:00");
        await organiser.Division(0, "하프", "40000", "0");
        await organiser.Press("저장");
        await Expect(organiser.Page.Locator("[id='divisions[0].capacity-error']")).Not.ToBeEmptyAsync();
        await Expect(organiser.Page.Locator("#name")).ToHaveValueAsync("봄꽃 하프마라톤");
        await organiser.LookAsync("console-race-new-wrong");
        await organiser.Page.Locator("[id='divisions[0].capacity']").FillAsync("200");
        await organiser.Press("저장");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("접수 전");

        await organiser.Named(AriaRole.Link, "지금 열기").ClickAsync();
        await organiser.LookAsync("console-race-open-ask");
        await organiser.Press("네, 엽니다");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("접수 중");
        var raceId = Guid.Parse(new Uri(organiser.Page.Url).AbsolutePath.Split('/')[3]);
        var divisionId = Guid.Parse((await organiser.Page.Locator("input[name=divisionId]").First.GetAttributeAsync("value"))!);

        await organiser.Page.GotoAsync($"/console/registrations?raceId={raceId}");
        var number = await site.RegisterAsync((raceId, divisionId));
        await Expect(organiser.Page.Locator("tbody")).ToContainTextAsync(number);
        await organiser.Page.GotoAsync($"/console/overview?raceId={raceId}");
        await Expect(organiser.Page.Locator(".figures .bib").First).ToHaveTextAsync("1");
        await site.RegisterAsync((raceId, divisionId), "010-9999-0002");
        await Expect(organiser.Page.Locator(".figures .bib").First).ToHaveTextAsync("2");

        // Whoever is registered is not shut out by mistake.
        await organiser.Page.GotoAsync($"/console/races/{raceId}?ask=suspend");
        await organiser.Press("네, 멈춥니다");
        await Expect(organiser.Page.GetByText("살아 있는 접수 2건이 있습니다")).ToBeVisibleAsync();
        await organiser.LookAsync("console-race-suspend-live");
        await organiser.Press("그래도 멈추기");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("접수 중지");
    }

    [Fact]
    public async Task Kits_AreDispatched_TheChosenOnesAndTheRest()
    {
        var race = await site.System.OpenRaceAsync("국화 마라톤 (Chrysanthemum Run)", 20, allowsDuplicates: true);
        var (first, second) = (await site.RegisterAsync(race), await site.RegisterAsync(race));
        await using var organiser = await site.ReaderAsync("en-US");
        await organiser.Page.GotoAsync($"/console/stock?raceId={race.RaceId}");
        await organiser.LogInAsync(Staff.Organiser);
        foreach (var (item, size) in new[] { ("TOP", "105"), ("BOTTOM", "95") })
        {
            await organiser.Page.Locator("#item").SelectOptionAsync(item);
            await organiser.Page.Locator("#size").FillAsync(size);
            await organiser.Page.Locator("#quantity").FillAsync("10");
            await organiser.Page.Locator("#note").FillAsync("for the tests");
            await organiser.Press("Write into the ledger");
            await Expect(organiser.Page.GetByText("Written into the ledger.")).ToBeVisibleAsync();
        }
        await Eventually.TrueAsync(async () =>
        {
            await organiser.Page.GotoAsync($"/console/kits?raceId={race.RaceId}&status=READY");
            return await organiser.Page.Locator("tbody tr").CountAsync() == 2;
        });
        await organiser.LookAsync("console-kits-ready");

        await organiser.Page.Locator($"input[value='{first}'][type=checkbox]").CheckAsync();
        await organiser.Press("Dispatch the chosen");
        await Expect(organiser.Page.GetByText("1 dispatched")).ToBeVisibleAsync();
        await organiser.Page.GotoAsync($"/console/registrations/{second}");
        await organiser.Press("Dispatch");
        await Expect(organiser.Page.GetByText("Dispatched.")).ToBeVisibleAsync();
        await organiser.LookAsync("console-registration-dispatched");
        await organiser.Page.GotoAsync($"/console/kits?raceId={race.RaceId}&status=DISPATCHED");
        await Expect(organiser.Page.Locator("tbody tr")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Runner_IsCheckedIn_OnAPhone()
    {
        var number = await site.RegisterAsync(site.Race, name: "박출석");
        await using var crew = await site.ReaderAsync(isPhone: true);
        await crew.Page.GotoAsync("/console/roll");
        await crew.LogInAsync(Staff.Crew);
        await Eventually.TrueAsync(async () =>
        {
            await crew.Page.Locator("#q").FillAsync(number);
            await crew.Press("찾기");
            return await crew.Page.Locator(".people li").CountAsync() == 1;
        });
        await crew.LookAsync("console-roll-found");

        await crew.Page.GetByRole(AriaRole.Button, new() { Name = "출석 확인" }).ClickAsync();

        await Expect(crew.Page.Locator(".people .pill").First).ToHaveTextAsync("출석");
        await Expect(crew.Page.GetByText("출석을 확인했습니다.")).ToBeVisibleAsync();
        await crew.LookAsync("console-roll-checked-in");
    }

    [Theory]
    [InlineData("ko-KR", false, false)]
    [InlineData("en-US", true, true)]
    public async Task Page_IsThere_AndCanBeReadByEverybody(string language, bool isPhone, bool isDark)
    {
        var number = await site.RegisterAsync(site.Race);
        await using var organiser = await site.ReaderAsync(language, isPhone, isDark);
        await organiser.Page.GotoAsync("/console/overview");
        await organiser.LogInAsync(Staff.Organiser);
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);
        foreach (var page in (string[])["overview", "races", $"races/{site.Race.RaceId}", "registrations", $"registrations/{number}", "roll?q=김먼저", "kits", $"stock?raceId={site.Race.RaceId}", "orders", "payments", "events", "audit"])
        {
            var answer = await organiser.Page.GotoAsync("/console/" + page);
            Assert.True(answer!.Status == 200, $"{page}: {answer.Status}");
            await organiser.LookAsync("console-" + page.Split('?')[0].Split('/')[0] + (page.Contains('/', StringComparison.Ordinal) ? "-one" : ""));
        }
    }

    [GeneratedRegex("/console/payments\\?status=REFUNDED$")]
    private static partial Regex PaymentsOfRefunds();

    [GeneratedRegex("/console/login\\?next=")]
    private static partial Regex Login();

    [GeneratedRegex("/console/roll$")]
    private static partial Regex Roll();
}

/// <summary>What is done again and again there.</summary>
internal static class ConsoleReader
{
    public static async Task LogInAsync(this Reader reader, string account, string password = Staff.Password)
    {
        await reader.Page.Locator("#account").FillAsync(account);
        await reader.Page.Locator("#password").FillAsync(password);
        await reader.Page.Locator("form:has(#password) button").ClickAsync();
    }

    public static Task Press(this Reader reader, string button) => reader.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    public static async Task Division(this Reader reader, int at, string name, string fee, string capacity)
    {
        await reader.Page.Locator($"[id='divisions[{at}].name']").FillAsync(name);
        await reader.Page.Locator($"[id='divisions[{at}].fee']").FillAsync(fee);
        await reader.Page.Locator($"[id='divisions[{at}].capacity']").FillAsync(capacity);
        await reader.Page.Locator($"[id='divisions[{at}].topSizes']").FillAsync("100, 105, 110");
        await reader.Page.Locator($"[id='divisions[{at}].bottomSizes']").FillAsync("95, 100");
    }
}
