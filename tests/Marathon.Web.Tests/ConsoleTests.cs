using System.Text.RegularExpressions;
using Marathon.Testing;
using Microsoft.Playwright;
using Npgsql;
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
        await Expect(organiser.Page.Locator("[id='divisions[0].capacity']")).ToBeFocusedAsync();
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
        await organiser.Page.GotoAsync("/console/races");
        var places = organiser.Page.Locator($"[id='places-{raceId}']");
        await Expect(places).ToContainTextAsync("2 / 200");
        await site.RegisterAsync((raceId, divisionId), "010-9999-0003");
        await Expect(places).ToContainTextAsync("3 / 200");

        // Whoever is registered is not shut out by mistake.
        await organiser.Page.GotoAsync($"/console/races/{raceId}?ask=suspend");
        await organiser.Press("네, 멈춥니다");
        await Expect(organiser.Page.GetByText("살아 있는 접수 3건이 있습니다")).ToBeVisibleAsync();
        await organiser.LookAsync("console-race-suspend-live");
        await organiser.Press("그래도 멈추기");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("접수 중단");
    }

    [Fact]
    public async Task Kits_AreDispatched_TheChosenOnesAndTheRest()
    {
        var race = await site.System.OpenRaceAsync("국화 마라톤 (Chrysanthemum Run)", 20, allowsDuplicates: true);
        var (first, second, third) = (await site.RegisterAsync(race), await site.RegisterAsync(race), await site.RegisterAsync(race));
        await using var organiser = await site.ReaderAsync("en-US");
        await organiser.Page.GotoAsync($"/console/stock?raceId={race.RaceId}");
        await organiser.LogInAsync(Staff.Organiser);
        await Expect(organiser.Page.Locator("#goods option")).ToHaveTextAsync(["Choose one", "Shirt 100", "Shirt 105", "Shirt 110", "Shorts 95", "Shorts 100"]);
        foreach (var goods in (string[])["Shirt 105", "Shorts 95"])
        {
            await organiser.Page.Locator("#goods").SelectOptionAsync(new SelectOptionValue { Label = goods });
            await organiser.Page.Locator("#quantity").FillAsync("10");
            await organiser.Page.Locator("#note").FillAsync("for the tests");
            await organiser.Press("Write into the ledger");
            await Expect(organiser.Page.GetByText("Written into the ledger.")).ToBeVisibleAsync();
        }
        await Eventually.TrueAsync(async () =>
        {
            await organiser.Page.GotoAsync($"/console/kits?raceId={race.RaceId}&status=READY");
            return await organiser.Page.Locator("tbody tr").CountAsync() == 3;
        });

        // What somebody else does meanwhile is told, and moves no row: what is chosen stays so.
        var chosen = organiser.Page.Locator($"input[value='{first}'][type=checkbox]");
        await chosen.CheckAsync();
        // Nobody's hand is on the row any more: what has the focus is never exchanged, whatever it is.
        await organiser.Page.Locator("h1").ClickAsync();
        await site.OrganiseAsync($"/deliveries/{third}/dispatch", new { });
        await Expect(organiser.Named(AriaRole.Link, "1 changed: show")).ToBeVisibleAsync();
        await Expect(organiser.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await Expect(chosen).ToBeCheckedAsync();
        await organiser.LookAsync("console-kits-ready");
        await organiser.Named(AriaRole.Link, "1 changed: show").ClickAsync();
        await Expect(organiser.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(organiser.Named(AriaRole.Link, "changed: show")).ToHaveCountAsync(0);

        await chosen.CheckAsync();
        await organiser.Press("Dispatch the chosen");
        await Expect(organiser.Page.GetByText("1 dispatched")).ToBeVisibleAsync();
        await organiser.Page.GotoAsync($"/console/registrations/{second}");
        await organiser.Press("Dispatch");
        await Expect(organiser.Page.GetByText("Dispatched.")).ToBeVisibleAsync();
        await organiser.LookAsync("console-registration-dispatched");
        await organiser.Page.GotoAsync($"/console/kits?raceId={race.RaceId}&status=DISPATCHED");
        await Expect(organiser.Page.Locator("tbody tr")).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task Goods_AreOrderedShippedAndInspected_AndAreInStock()
    {
        // With 1,000 of everything on the shelves, and all who come running in 105 and 95, a full race needs 2,000 more of each.
        var race = await site.System.OpenRaceAsync("단풍 마라톤 (Maple Marathon)", 3000, allowsDuplicates: true);
        await site.RegisterAsync(race);
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync($"/console/stock?raceId={race.RaceId}");
        await organiser.LogInAsync(Staff.Organiser);
        await Eventually.TrueAsync(async () =>
        {
            await organiser.Page.GotoAsync($"/console/stock?raceId={race.RaceId}");
            return await organiser.Stock("상의", "105").Last.TextContentAsync() == "2,000";
        });
        await Expect(organiser.Page.Locator("table").Last).ToContainTextAsync("처음 재고");

        // Another one registers: the stock's page goes on by itself, and what is being written stays.
        await organiser.Page.Locator("#note").FillAsync("아직 적는 중");
        await site.RegisterAsync(race);
        await Expect(organiser.Stock("상의", "105").Nth(5)).ToHaveTextAsync("2");
        await Expect(organiser.Page.Locator("#movements tr", new() { HasText = "배정" })).ToHaveCountAsync(4);
        await Expect(organiser.Page.Locator("#note")).ToHaveValueAsync("아직 적는 중");

        await organiser.Page.GotoAsync($"/console/orders?raceId={race.RaceId}");
        await organiser.Page.Locator("#basis").SelectOptionAsync("CAPACITY");
        await organiser.Press("발주 요청");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("요청");
        await organiser.LookAsync("console-order-requested");

        await organiser.Page.Locator("#supplier").FillAsync("한빛 스포츠");
        await organiser.Page.Locator("#contactName").FillAsync("이공급");
        await organiser.Page.Locator("#contactPhoneNo").FillAsync("010-9999-0003");
        await organiser.Page.Locator("#price").FillAsync("31500000");
        await organiser.Page.Locator("#dueDate").FillAsync("2099-03-02");
        await organiser.Press("업체 수락 기록");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("수락");
        await organiser.LookAsync("console-order-accepted");
        await organiser.Press("출고 기록");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("출고");

        // Of the shirts ten are spoilt; nobody finds more than were ordered.
        await organiser.Page.Locator("input[name=failed]").First.FillAsync("10");
        await organiser.Press("검수 기록");
        await Expect(organiser.Page.Locator("#line-0")).ToContainTextAsync("2000");
        await organiser.LookAsync("console-order-inspected-wrong");
        await organiser.Page.Locator("input[name=passed]").First.FillAsync("1990");
        await organiser.Press("검수 기록");
        await Expect(organiser.Page.Locator(".head .pill")).ToHaveTextAsync("검수 완료");
        await organiser.LookAsync("console-order-inspected");
        var order = new Uri(organiser.Page.Url).AbsolutePath;

        await organiser.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "재고" }).ClickAsync();
        await Expect(organiser.Stock("상의", "105").First).ToHaveTextAsync("2,990");
        await Expect(organiser.Stock("하의", "95").First).ToHaveTextAsync("3,000");
        await Expect(organiser.Page.Locator($"main a[href='{order}']")).ToHaveCountAsync(2);
        await organiser.LookAsync("console-stock-of-an-order");
        await organiser.Page.GotoAsync(order);
        await organiser.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "문자" }).ClickAsync();
        await Eventually.TrueAsync(async () =>
        {
            await organiser.Page.ReloadAsync();
            return await organiser.Page.Locator($"tbody a[href='{order}']").CountAsync() == 1;
        });

        await using var onAPhone = await site.ReaderAsync("en-US", isPhone: true, isDark: true);
        await onAPhone.Page.GotoAsync(order);
        await onAPhone.LogInAsync(Staff.Organiser);
        await Expect(onAPhone.Page.Locator(".head .pill")).ToHaveTextAsync("inspected");
        await onAPhone.LookAsync("console-order-inspected");
        await onAPhone.Page.GotoAsync($"/console/orders?raceId={race.RaceId}");
        await Expect(onAPhone.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await onAPhone.LookAsync("console-orders-of-a-race");
    }

    /// <summary>One service cannot apply what it hears, another cannot note what it has sent: somebody holds their tables.</summary>
    [Fact]
    public async Task Lag_RisesWhileADatabaseIsHeld_AndFallsAgain()
    {
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync("/console/events");
        await organiser.LogInAsync(Staff.Organiser);
        ILocator Cell(string service, int column) => organiser.Page.Locator("#lags tr", new() { Has = organiser.Named(AriaRole.Rowheader, service) }).Locator("td").Nth(column);
        var (unsent, oldest, behind) = (Cell("결제", 0), Cell("결제", 3), Cell("문자", 1));
        await using var looker = await site.ReaderAsync("en-US", isPhone: true, isDark: true);
        await looker.Page.GotoAsync("/console/overview");
        await looker.LogInAsync(Staff.Organiser);
        await Expect(looker.Named(AriaRole.Heading, "Overview")).ToBeVisibleAsync();
        var late = looker.Page.GetByText("These figures are");
        await Expect(late).ToHaveCountAsync(0);
        await Expect(unsent).ToHaveTextAsync("0");
        await Expect(behind).ToHaveTextAsync("0");
        await using var deaf = await site.System.Database("notification").OpenConnectionAsync();
        await using var mute = await site.System.Database("payment").OpenConnectionAsync();
        await using var noInbox = await deaf.BeginTransactionAsync();
        await using var noCursor = await mute.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE inbox", deaf, noInbox)) await hold.ExecuteNonQueryAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM outbox_cursor FOR UPDATE", mute, noCursor)) await hold.ExecuteNonQueryAsync();

        await site.RegisterAsync(site.Race);

        await Expect(behind).ToHaveTextAsync(SomeNumber());
        await Expect(unsent).ToHaveTextAsync(SomeNumber());
        await Expect(oldest).ToHaveTextAsync(SomeSeconds());
        await organiser.LookAsync("console-events-lag");
        await Expect(late).ToHaveTextAsync(SomeTimeLate());
        await looker.LookAsync("console-overview-late");
        await noInbox.RollbackAsync();
        await noCursor.RollbackAsync();
        await Expect(late).ToHaveCountAsync(0);
        await Expect(behind).ToHaveTextAsync("0");
        await Expect(unsent).ToHaveTextAsync("0");
        await Expect(oldest).ToBeEmptyAsync();
    }

    [Fact]
    public async Task DeadLetter_AppearsByItself_AndIsGoneWhenItIsDropped()
    {
        await using var organiser = await site.ReaderAsync();
        await organiser.Page.GotoAsync("/console/events");
        await organiser.LogInAsync(Staff.Organiser);
        var (put, letters) = (organiser.Page.Locator("#lags tr", new() { HasText = "문자" }).Locator("td").Nth(2), organiser.Page.Locator("#letters-now tbody tr"));
        await Expect(put).ToHaveTextAsync("0");
        await Expect(letters).ToHaveCountAsync(0);

        await site.System.Database("notification").ExecuteAsync("""
            INSERT INTO parked_events (state, source, stream, type, payload, occurred_at, error)
            VALUES ('malformed', 'registration', 'registrations', 'marathon.registrations.registration-confirmed.v1', '{', now(), 'The payload ends after one letter.')
            """);

        await Expect(put).ToHaveTextAsync("1");
        await Expect(letters).ToHaveCountAsync(1);
        await organiser.LookAsync("console-events-dead-letter");

        // It is for good, so it is asked first; also of those who have no script.
        await using var other = await site.ReaderAsync(hasScript: false);
        await other.Page.GotoAsync("/console/events");
        await other.LogInAsync(Staff.Organiser);
        await other.Named(AriaRole.Link, "버리기").ClickAsync();
        await Expect(other.Page.GetByText("이 이벤트를 버릴까요?")).ToBeVisibleAsync();
        await Expect(other.Page.Locator("#letters-now tbody tr")).ToHaveCountAsync(1);
        await other.LookAsync("console-events-drop-ask");
        await other.Press("네, 버립니다");
        await Expect(other.Page.GetByText("버렸습니다.")).ToBeVisibleAsync();
        await Expect(put).ToHaveTextAsync("0");
        await organiser.Named(AriaRole.Link, "1건이 바뀌었습니다").ClickAsync();
        await Expect(letters).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Registration_AppearsInOpenLists_AndLeadsToItsMessages_OnAPhone()
    {
        await using var organiser = await site.ReaderAsync(isPhone: true);
        await organiser.Page.GotoAsync("/console/payments");
        await organiser.LogInAsync(Staff.Organiser);
        await Expect(organiser.Named(AriaRole.Heading, "결제와 환불")).ToBeVisibleAsync();
        var messages = await organiser.Page.Context.NewPageAsync();
        await messages.GotoAsync("/console/messages");
        var number = await site.RegisterAsync(site.Race, name: "윤문자");
        await Expect(organiser.Page.Locator("tbody")).ToContainTextAsync(number);
        await Expect(messages.Locator("tbody")).ToContainTextAsync(number);
        await messages.CloseAsync();
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);

        await organiser.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "문자" }).ClickAsync();

        await Expect(organiser.Page.Locator("#number")).ToHaveValueAsync(number);
        await Eventually.TrueAsync(async () =>
        {
            await organiser.Page.ReloadAsync();
            return await organiser.Page.Locator("tbody tr").CountAsync() > 0;
        });
        await organiser.LookAsync("console-messages-of-one");
        await organiser.Page.Locator("tbody a").First.ClickAsync();
        await Expect(organiser.Page.Locator("blockquote")).ToContainTextAsync("확정");
        await organiser.LookAsync("console-message");
    }

    /// <summary>From the outside, and while somebody looks: a kit that leaves, a cancellation, the refund and the messages about all of it.</summary>
    [Fact]
    public async Task Registration_ThatIsLookedAt_GoesOnByItself_AndItsButtonStandsStill()
    {
        await using var runner = await site.ReaderAsync("en-US");
        var number = await runner.RegisterAsync(site.Race, "Kim Followed");
        await using var organiser = await site.ReaderAsync("en-US");
        await organiser.Page.GotoAsync("/console/registrations");
        await organiser.LogInAsync(Staff.Organiser);
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);
        var (kit, payment, messages) = (organiser.Page.Locator("#kit-card"), organiser.Page.Locator("#payment-card"), organiser.Page.Locator("#messages-card"));
        await Expect(payment).ToContainTextAsync("paid");
        await Expect(messages).ToContainTextAsync("confirmed");
        await Expect(kit.GetByRole(AriaRole.Button)).ToHaveTextAsync("Dispatch");

        await site.OrganiseAsync($"/deliveries/{number}/dispatch", new { carrier = "Hanbit Parcel", trackingNumber = "901885642088" });
        await Expect(kit).ToContainTextAsync("901885642088");
        await Expect(kit.GetByRole(AriaRole.Button)).ToHaveTextAsync("Dispatch");
        await Expect(messages).ToContainTextAsync("kit dispatched");

        await runner.Page.GotoAsync($"/mypage/{number}/cancel");
        await runner.Named(AriaRole.Button, "Cancel it").ClickAsync();
        await Expect(payment).ToContainTextAsync("refunded");
        await Expect(organiser.Page.Locator("#registration-now")).ToContainTextAsync("cancelled");
        await Expect(messages).ToContainTextAsync("refunded");
        await organiser.LookAsync("console-registration-cancelled");
    }

    [Fact]
    public async Task Registration_IsCancelledForTheRunner_AfterTheRefundWasShown()
    {
        var number = await site.RegisterAsync(site.Race, name: "이부탁");
        await using var organiser = await site.ReaderAsync("en-US");
        await organiser.Page.GotoAsync("/console/registrations");
        await organiser.LogInAsync(Staff.Organiser);
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);

        await organiser.Named(AriaRole.Link, "Cancel for the runner").ClickAsync();
        await Expect(organiser.Page.GetByText("₩20,000 of ₩20,000 comes back")).ToBeVisibleAsync();
        await organiser.LookAsync("console-registration-cancel-ask");
        await organiser.Named(AriaRole.Button, "Yes, cancel").ClickAsync();

        await Expect(organiser.Page.GetByText("is told by SMS")).ToBeVisibleAsync();
        await Expect(organiser.Page.Locator("#registration-now")).ToContainTextAsync("cancelled");
        await Expect(organiser.Page.Locator("#payment-card")).ToContainTextAsync("refunded");
        await organiser.Page.ReloadAsync();
        await Expect(organiser.Named(AriaRole.Link, "Cancel for the runner")).ToHaveCountAsync(0);
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
        await using var nextDesk = await site.ReaderAsync();
        await nextDesk.Page.GotoAsync($"/console/roll?q={number}");
        await nextDesk.LogInAsync(Staff.Crew);
        await Expect(nextDesk.Page.Locator(".people .pill").First).Not.ToHaveTextAsync("체크인");

        await crew.Page.GetByRole(AriaRole.Button, new() { Name = "체크인" }).ClickAsync();

        await Expect(crew.Page.Locator(".people .pill").First).ToHaveTextAsync("체크인");
        await Expect(crew.Page.GetByText("체크인했습니다.")).ToBeVisibleAsync();
        await crew.LookAsync("console-roll-checked-in");
        await Expect(nextDesk.Page.Locator(".people .pill").First).ToHaveTextAsync("체크인");
    }

    [Theory]
    [InlineData("ko-KR", false, false)]
    [InlineData("en-US", true, true)]
    [InlineData("en-US", false, true)]
    public async Task Page_IsThere_AndCanBeReadByEverybody(string language, bool isPhone, bool isDark)
    {
        const string Letter = "The looks' own dead letter";
        var number = await site.RegisterAsync(site.Race);
        await site.OrganiseAsync("/procurements", new { site.Race.RaceId, lines = new[] { new { item = "TOP", size = "105", quantity = 120 }, new { item = "BOTTOM", size = "95", quantity = 40 } } });
        await site.System.Database("payment").ExecuteAsync("""
            INSERT INTO parked_events (state, source, stream, type, aggregate_id, version, payload, occurred_at, error)
            VALUES ('failed', 'registration', 'registrations', 'marathon.registrations.registration-cancelled.v1', gen_random_uuid(), 3, '{}', now(), $1)
            """, Letter);
        await using var organiser = await site.ReaderAsync(language, isPhone, isDark);
        await organiser.Page.GotoAsync("/console/overview");
        await organiser.LookAsync("console-login");
        await organiser.LogInAsync(Staff.Organiser);
        await Eventually.TrueAsync(async () => (await organiser.Page.GotoAsync("/console/registrations/" + number))!.Status == 200);
        foreach (var page in (string[])["overview", "races", "races/new", $"races/{site.Race.RaceId}", "registrations", $"registrations/{number}", "roll?q=김먼저", "kits", $"stock?raceId={site.Race.RaceId}", "orders", "payments", "messages", "events", "audit"])
        {
            var answer = await organiser.Page.GotoAsync("/console/" + page);
            Assert.True(answer!.Status == 200, $"{page}: {answer.Status}");
            await organiser.LookAsync("console-" + page.Split('?')[0].Split('/')[0] + (page.EndsWith("/new", StringComparison.Ordinal) ? "-new" : page.Contains('/', StringComparison.Ordinal) ? "-one" : ""));
        }
        await site.System.Database("payment").ExecuteAsync("DELETE FROM parked_events WHERE error = $1", Letter);

        // What is refused: by whom it is about, and to whom it is not open.
        await organiser.Page.GotoAsync($"/console/races/{site.Race.RaceId}?ask=suspend");
        await organiser.Page.Locator(".notice button").ClickAsync();
        await Expect(organiser.Page.Locator(".notice input[name=force]")).ToHaveCountAsync(1);
        await organiser.LookAsync("console-races-suspend-live");
        await organiser.Page.Locator(".account button").ClickAsync();
        await organiser.LogInAsync(Staff.Crew);
        await Expect(organiser.Page).ToHaveURLAsync(Roll());
        Assert.Equal(403, (await organiser.Page.GotoAsync("/console/payments"))!.Status);
        await organiser.LookAsync("forbidden");
    }

    /// <summary>While the read side is away, of which most is asked.</summary>
    [Fact]
    public async Task PageThatCannotBeHad_CanBeReadByEverybody()
    {
        var number = await site.RegisterAsync(site.Race);
        await using var one = await site.ReaderAsync();
        await using var other = await site.ReaderAsync("en-US", isPhone: true, isDark: true);
        Reader[] readers = [one, other];
        foreach (var reader in readers)
        {
            await reader.Page.GotoAsync("/console/races");
            await reader.LogInAsync(Staff.Organiser);
            await Expect(reader.Page).ToHaveURLAsync(Races());
        }
        var bringBack = await site.TakeAwayAsync("dashboard");
        try
        {
            foreach (var reader in readers)
            {
                reader.IsOneAway = true;
                (string Name, string Address, int Status)[] pages = [("away", "/find", 502), ("console-failed", "/console/registrations/" + number, 503), ("console-overview-failed", "/console/overview", 503)];
                foreach (var (name, address, status) in pages)
                {
                    Assert.Equal(status, (await reader.Page.GotoAsync(address))!.Status);
                    await reader.LookAsync(name);
                }
            }
        }
        finally { await bringBack(); }
    }

    [GeneratedRegex("^[1-9][0-9]*$")]
    private static partial Regex SomeNumber();

    [GeneratedRegex("/console/races$")]
    private static partial Regex Races();

    [GeneratedRegex("^These figures are [1-9][0-9]* s late$")]
    private static partial Regex SomeTimeLate();

    [GeneratedRegex("^[1-9][0-9]*초$")]
    private static partial Regex SomeSeconds();

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

    /// <summary>What the stock's page says of an item in a size, from what came to what is still to be bought.</summary>
    public static ILocator Stock(this Reader reader, string item, string size) => reader.Page.Locator("tr", new() { Has = reader.Named(AriaRole.Rowheader, item) })
        .Filter(new() { Has = reader.Page.Locator($"td:text-is('{size}')") }).Locator("td.number");

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
