using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>The console as a client of the public calls: who may do what is decided by them, and a service that is silent leaves the rest to be seen.</summary>
public sealed partial class ConsoleTests : IAsyncLifetime
{
    private const string Race = "0199d2a4-0000-7000-8000-000000000001";
    private static readonly (string, string) SameOrigin = ("Sec-Fetch-Site", "same-origin"), Page = ("Accept", "text/html"), English = ("Accept-Language", "en");

    private Backend service = null!;
    private GatewayHost gateway = null!;

    public async Task InitializeAsync()
    {
        service = await Backend.StartAsync();
        gateway = await GatewayHost.StartAsync(("dashboard", service.Address), ("registration", service.Address), ("fulfilment", service.Address), ("payment", service.Address), ("notification", service.Address));
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        await service.DisposeAsync();
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private Task<HttpResponseMessage> LogInAsync(string password, string next = "/console/kits?status=READY") =>
        gateway.SendAsync("POST", "/console/login", Form(("account", "Organiser "), ("password", password), ("next", next)), SameOrigin, Page, English);

    [Fact]
    public async Task WhoHasNotLoggedIn_IsLedThereAndBack()
    {
        using var led = await gateway.SendAsync("GET", "/console/kits?status=READY", null, Page);
        Assert.Equal((HttpStatusCode.SeeOther, "/console/login?next=%2Fconsole%2Fkits%3Fstatus%3DREADY"), (led.StatusCode, led.Headers.Location!.OriginalString));

        using var wrong = await LogInAsync("something else");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("Account or password is wrong", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using var right = await LogInAsync(GatewayHost.Password);
        Assert.Equal((HttpStatusCode.SeeOther, "/console/kits?status=READY"), (right.StatusCode, right.Headers.Location!.OriginalString));
        var cookie = ("Cookie", right.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        using var page = await gateway.SendAsync("GET", "/console/kits?status=READY", null, Page, cookie);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var left = await gateway.SendAsync("POST", "/console/logout", Form(), SameOrigin, Page, cookie);
        using var after = await gateway.SendAsync("GET", "/console/kits", null, Page, cookie);
        Assert.Equal(HttpStatusCode.SeeOther, after.StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.example/console")]
    [InlineData("//elsewhere.example")]
    [InlineData("/consoles")]
    [InlineData("")]
    public async Task Login_LeadsNowhereElse(string next)
    {
        using var answer = await LogInAsync(GatewayHost.Password, next);

        Assert.Equal("/console", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Form_IsTheCallThatItStandsFor_ByWhoeverSendsIt()
    {
        using var answer = await gateway.SendAsync("POST", "/console/roll?q=42", Form(("do", "check-in"), ("number", "M-7K3F-9QX2")), SameOrigin, Page, await gateway.CookieAsync("crew"));

        Assert.Equal((HttpStatusCode.SeeOther, "/console/roll?q=42&done=check-in"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        var asked = Assert.Single(service.Requests);
        Assert.Equal(("POST /registermasters/M-7K3F-9QX2/check-in", "crew"), (asked.Call, asked.Headers["X-Marathon-Role"]));
    }

    [Fact]
    public async Task Form_DoesNothingThatItsSenderMayNotDoOtherwise()
    {
        // Crew may send this form, to hand kits out; that a kit has arrived is the organiser's to say.
        using var answer = await gateway.SendAsync("POST", "/console/kits", Form(("do", "delivered"), ("number", "M-7K3F-9QX2")), SameOrigin, Page, await gateway.CookieAsync("crew"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain(service.Requests, asked => asked.Call.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Movement_ThatIsWrong_IsKeptInItsForm_WithWhatIsWrongBesideItsFields()
    {
        service.Answer = async context =>
        {
            if (context.Request.Method == "POST")
            {
                context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
                await context.Response.WriteAsJsonAsync(new { code = "invalid", detail = "Some fields are wrong.", errors = new { quantity = "must be from 1 to 1000000", size = "is not on the race's chart" } }, JsonSerializerOptions.Web, "application/problem+json");
            }
            else await context.Response.WriteAsJsonAsync(new { total = 0, items = context.Request.Path == "/stock" ? new[] { new { item = "TOP", size = "105" }, new { item = "BOTTOM", size = "XL 2" } } : [] });
        };

        using var answer = await gateway.SendAsync("POST", "/console/stock?raceId=" + Race,
            Form(("raceId", Race), ("goods", "BOTTOM XL 2"), ("kind", "RECEIVED"), ("quantity", "many"), ("note", "gift <b>"), ("key", "k-1")), SameOrigin, Page, English, await gateway.CookieAsync("organiser"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains("id=\"quantity-error\">must be from 1 to 1000000</p>", html, StringComparison.Ordinal);
        Assert.Contains("id=\"goods-error\">is not on the race&#x27;s chart</p>", html, StringComparison.Ordinal);
        Assert.Contains("<option value=\"BOTTOM XL 2\" selected>Shorts XL 2</option>", html, StringComparison.Ordinal);
        Assert.Contains("value=\"many\"", html, StringComparison.Ordinal);
        Assert.Contains("gift &lt;b&gt;", html, StringComparison.Ordinal);
        var asked = service.Requests.Single(request => request.Call == "POST /stock/movements");
        Assert.Equal("k-1", asked.Headers["Idempotency-Key"]);
        Assert.Contains("""
            "item":"BOTTOM","size":"XL 2"
            """, asked.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2001-05-01", "2999-05-02", "2999-05-01", 2)]
    [InlineData("2001-05-01", "2001-05-03", "2001-05-02", 1)]
    public async Task Stock_WithoutAChoice_IsOfTheNextRace_OrOfTheLast(string one, string two, string three, int expected)
    {
        string[] ids = [.. Enumerable.Range(1, 3).Select(race => Race[..^1] + race)];
        service.Answer = context => context.Response.WriteAsJsonAsync<object>(context.Request.Path == "/races"
            ? new { items = ((string[])[one, two, three]).Select((date, race) => new { raceId = ids[race], name = "대회 " + race, date }) } : new { });

        using var answer = await gateway.SendAsync("GET", "/console/stock", null, Page, English, await gateway.CookieAsync("auditor"));

        Assert.Contains(service.Requests, asked => asked.Call == "GET /stock?raceId=" + ids[expected]);
        Assert.Contains($"<option value=\"{ids[expected]}\" selected>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>Each waits for the others: one after the other, none would come.</summary>
    [Fact]
    public async Task Stock_IsAskedForAllAtOnce()
    {
        service.Answer = async context =>
        {
            while (service.Requests.Count < 3) await Task.Delay(10, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(new { total = 0, items = Array.Empty<object>() });
        };

        using var answer = await gateway.SendAsync("GET", "/console/stock?raceId=" + Race, null, Page, English, await gateway.CookieAsync("auditor"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(3, service.Requests.Count);
    }

    [Fact]
    public async Task Stock_OfAServiceThatIsSilent_SaysSoOnce()
    {
        service.Answer = context =>
        {
            if (context.Request.Path != "/races") context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsJsonAsync(new { });
        };

        using var answer = await gateway.SendAsync("GET", "/console/stock?raceId=" + Race, null, Page, English, await gateway.CookieAsync("auditor"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Single(Regex.Matches(await answer.Content.ReadAsStringAsync(), "does not answer just now"));
    }

    /// <summary>Each of the four that tell has so many unsent, and the read side so many not applied.</summary>
    [Theory]
    [InlineData("00:00:04.9", "00:00:04.9", null)]
    [InlineData("00:00:05", "00:00:00", "5 s late")]
    [InlineData("00:00:00", "00:10:00", "10 min late")]
    public async Task Overview_SaysHowLateItsFiguresAre_OnceItIsWorthAWord(string oldestUnsent, string oldestUnapplied, string? told)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync<object>(context.Request.Path == "/messaging"
            ? new { unsent = 2, oldestUnsent, lag = new { registrations = 3, payments = 1 }, oldestUnapplied } : new { });

        var cookie = await gateway.CookieAsync("auditor");

        // Who has not told within a second is not waited for, and the first calls of a process may take longer.
        var (html, deadline) = ("", DateTime.UtcNow.AddSeconds(30));
        do
        {
            using var answer = await gateway.SendAsync("GET", "/console/overview", null, Page, English, cookie);
            html = await answer.Content.ReadAsStringAsync();
        }
        while (told is not null && !html.Contains("12 events may not have arrived", StringComparison.Ordinal) && DateTime.UtcNow < deadline);
        Assert.Equal(told is not null, html.Contains("These figures are", StringComparison.Ordinal));
        if (told is not null) Assert.Contains(told, html, StringComparison.Ordinal);
    }

    /// <summary>As one that is older or newer than the gateway.</summary>
    [Fact]
    public async Task Page_OfAServiceThatSaysSomethingElse_SaysThatItIsMissing()
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { money = "much" });

        using var answer = await gateway.SendAsync("GET", "/console/overview", null, Page, English, await gateway.CookieAsync("auditor"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("does not answer just now", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overview_DoesNotWaitForWhoCannotTellHowLateItIs()
    {
        service.Answer = context => context.Request.Path == "/messaging" ? Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted) : context.Response.WriteAsJsonAsync(new { checkedIn = 42 });
        var cookie = await gateway.CookieAsync("auditor");
        var watch = Stopwatch.StartNew();

        using var answer = await gateway.SendAsync("GET", "/console/overview", null, Page, English, cookie);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(503, false)]
    public async Task Events_OfAServiceThatIsSilent_AreNotSaidToBeNone(int status, bool isNone)
    {
        service.Answer = context =>
        {
            if (context.Request.Path == "/deadletters") context.Response.StatusCode = status;
            return context.Response.WriteAsJsonAsync(new { total = 0, items = Array.Empty<object>() });
        };

        using var answer = await gateway.SendAsync("GET", "/console/events", null, Page, English, await gateway.CookieAsync("auditor"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(isNone, html.Contains("There are no dead letters", StringComparison.Ordinal));
        Assert.Equal(!isNone, html.Contains("Payment does not answer just now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task KitsOfARace_AreSentOnce_HoweverOftenTheFormComes()
    {
        var cookie = await gateway.CookieAsync("organiser");
        Task<HttpResponseMessage> SendAsync() => gateway.SendAsync("POST", $"/console/kits/dispatch?raceId={Race}&status=READY", Form(("do", "race"), ("raceId", Race), ("key", "k-1")), SameOrigin, Page, English, cookie);
        service.Answer = context => context.Response.WriteAsync(context.Request.Method == "POST" ? "half an ans" : "{}");

        // Nobody knows what became of it: the button that is to be pressed again has the same key.
        using var unknown = await SendAsync();
        Assert.Contains("name=\"key\" value=\"k-1\"", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        service.Answer = context => context.Response.WriteAsJsonAsync(new { dispatched = new[] { new { number = "M-1" }, new { number = "M-2" } }, refused = Array.Empty<object>() });
        using var done = await SendAsync();
        Assert.Equal((HttpStatusCode.SeeOther, $"/console/kits?raceId={Race}&status=READY&done=dispatched-2"), (done.StatusCode, done.Headers.Location!.OriginalString));
        Assert.All(service.Requests.Where(request => request.Call == "POST /deliveries/dispatch"), request => Assert.Equal("k-1", request.Headers["Idempotency-Key"]));
        service.Answer = Backend.Empty;
        using var page = await gateway.SendAsync("GET", done.Headers.Location.OriginalString, null, Page, English, cookie);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("2 dispatched", html, StringComparison.Ordinal);
        Assert.DoesNotContain("k-1", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Race_IsMadeUnderTheFormsKey_WhichStaysWhileNobodyKnowsWhatBecameOfIt()
    {
        service.Answer = context => context.Response.WriteAsync("half an ans");

        using var unknown = await gateway.SendAsync("POST", "/console/races/new", Form(("name", "봄꽃"), ("key", "k-1")), SameOrigin, Page, await gateway.CookieAsync("organiser"));

        Assert.Contains("name=\"key\" value=\"k-1\"", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("k-1", service.Requests.Single(request => request.Call == "POST /races").Headers["Idempotency-Key"]);
    }

    private const string Half = "0199d2a4-0000-7000-8000-000000000011", Full = "0199d2a4-0000-7000-8000-000000000012", Added = "0199d2a4-0000-7000-8000-000000000013";

    /// <summary>A race of two divisions, whose last day of retention is a year after it, as it is where nobody has said another.</summary>
    private static object ARace(string name = "봄꽃 \"하나\"", int fee = 40000, string date = "2100-01-01", string retainUntil = "2101-01-01", string opensAt = "2099-01-01T00:00:30Z", int percent = 100, bool isWider = false) => new
    {
        raceId = Race, name, place = "서울", date, opensAt, closesAt = "2099-12-01T00:00:00Z", holdSeconds = 600, retainUntil, kitHandover = "SHIPPING", allowsDuplicates = true,
        refundTiers = new[] { new { daysBefore = 14, percent }, new { daysBefore = 3, percent = 50 } },
        divisions = new[] { Of(Half, "하프", fee, 200), Of(Full, "풀", 60000, 100), Of(Added, "5K", 10000, 50) }[..(isWider ? 3 : 2)],
    };

    private static object Of(string divisionId, string name, int fee, int capacity) => new { divisionId, name, fee, capacity, remaining = capacity, topSizes = new[] { "M", "L" }, bottomSizes = new[] { "M" } };

    /// <summary>What a browser sends of the race's form when nothing was typed, in the order of its fields.</summary>
    private async Task<List<(string Name, string Value)>> RaceFormAsync((string, string) cookie)
    {
        using var page = await gateway.SendAsync("GET", "/console/races/" + Race, null, Page, cookie);
        return FieldsOf(await page.Content.ReadAsStringAsync());
    }

    private static List<(string Name, string Value)> FieldsOf(string html)
    {
        var form = html[html.IndexOf($"<form method=\"post\" action=\"/console/races/{Race}\"", StringComparison.Ordinal)..];
        return [.. Inputs().Matches(form[..form.IndexOf("</form>", StringComparison.Ordinal)]).Select(input => input.Value)
            .Where(input => !input.Contains("type=\"checkbox\"", StringComparison.Ordinal) || input.Contains(" checked", StringComparison.Ordinal))
            .Select(input => input.StartsWith("<option", StringComparison.Ordinal) ? ("kitHandover", Attribute("value", input)) : (Attribute("name", input), Attribute("value", input)))];

        static string Attribute(string name, string element) => WebUtility.HtmlDecode(Regex.Match(element, $" {name}=\"([^\"]*)\"").Groups[1].Value);
    }

    [GeneratedRegex("<input [^>]*>|<option [^>]*selected>")]
    private static partial Regex Inputs();

    /// <summary>The <paramref name="nth"/> of its fields by this name holds something else.</summary>
    private static void Type(List<(string Name, string Value)> form, string name, string value, int nth = 0) => form[form.Index().Where(field => field.Item.Name == name).ElementAt(nth).Index] = (name, value);

    private async Task<HttpResponseMessage> SendRaceFormAsync(List<(string Name, string Value)> form, (string, string) cookie) =>
        await gateway.SendAsync("POST", "/console/races/" + Race, Form([.. form]), SameOrigin, Page, cookie);

    private JsonElement? Patched() => service.Requests.SingleOrDefault(request => request.Call == "PATCH /races/" + Race) is { } patch ? JsonDocument.Parse(patch.Body).RootElement : null;

    /// <summary>Two have the form open, and one saves it: what the other has not touched stays as it was saved.</summary>
    [Theory]
    [InlineData("name", "가을", 0, """{"name":"가을"}""")]
    [InlineData("date", "2100-02-01", 0, """{"date":"2100-02-01"}""")]
    [InlineData("retainUntil", "2102-01-01", 0, """{"retainUntil":"2102-01-01"}""")]
    [InlineData("percent", "60", 1, """{"refundTiers":[{"daysBefore":14,"percent":100},{"daysBefore":3,"percent":60}]}""")]
    [InlineData("fee", "70000", 1, $$"""{"divisions":[{"divisionId":"{{Half}}"},{"divisionId":"{{Full}}","fee":70000}]}""")]
    [InlineData("topSizes", "M, XL", 0, $$"""{"divisions":[{"divisionId":"{{Half}}","topSizes":["M","XL"]},{"divisionId":"{{Full}}"}]}""")]
    [InlineData("divisionName", "10K", 2, $$"""{"divisions":[{"divisionId":"{{Half}}"},{"divisionId":"{{Full}}"},{"name":"10K","topSizes":[],"bottomSizes":[]}]}""")]
    public async Task Race_IsChangedWhereSomebodyHasTyped_AndNowhereElse(string field, string typed, int nth, string sent)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace());
        var cookie = await gateway.CookieAsync("organiser");
        var form = await RaceFormAsync(cookie);
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace("여름", fee: 55000, date: "2100-06-01", retainUntil: "2101-06-01", opensAt: "2099-06-01T00:00:00Z", percent: 90, isWider: true));

        Type(form, field, typed, nth);
        using var answer = await SendRaceFormAsync(form, cookie);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(sent, JsonSerializer.Serialize(Patched(), MarathonJson.Options));
    }

    [Fact]
    public async Task Race_InAFormThatNobodyHasTouched_IsShownAsItIs_AndNotChanged()
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace());
        var cookie = await gateway.CookieAsync("organiser");
        var form = await RaceFormAsync(cookie);
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace("여름"));

        using var answer = await SendRaceFormAsync(form, cookie);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("value=\"여름\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null(Patched());
    }

    [Fact]
    public async Task Race_ThatIsRefused_StillKnowsWhatNobodyHasTouched()
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace());
        var cookie = await gateway.CookieAsync("organiser");
        var form = await RaceFormAsync(cookie);
        service.Answer = context =>
        {
            if (context.Request.Method == "PATCH") context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return context.Response.WriteAsJsonAsync(ARace("여름"));
        };
        Type(form, "holdSeconds", "10");
        using var refused = await SendRaceFormAsync(form, cookie);
        service.Requests.Clear();

        var again = FieldsOf(await refused.Content.ReadAsStringAsync());
        Type(again, "holdSeconds", "900");
        using var saved = await SendRaceFormAsync(again, cookie);

        Assert.Equal("""{"holdSeconds":900}""", JsonSerializer.Serialize(Patched(), MarathonJson.Options));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1")]
    [InlineData("""{"Name":"n","Place":"p","Date":"","OpensAt":"","ClosesAt":"","KitHandover":"","HoldSeconds":"","AllowsDuplicates":true,"RetainUntil":"","Tiers":null,"Divisions":[]}""")]
    public async Task Race_InAFormThatDoesNotSayWhatStoodInIt_IsNotChanged(string shown)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace());
        var cookie = await gateway.CookieAsync("organiser");
        var form = await RaceFormAsync(cookie);
        Type(form, "shown", shown);
        Type(form, "name", "가을");

        using var answer = await SendRaceFormAsync(form, cookie);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(Patched());
    }

    /// <summary>Not in those of the call, which are for who writes programs.</summary>
    [Theory]
    [InlineData("en", "races/" + Race + "/switch", "command=resume", "closing-time-passed", "closesAt", "2027-05-20T15:00:00+00:00", "Registration ended on Fri, 21 May 2027, 00:00. Change “Closes” first.")]
    [InlineData("ko", "races/" + Race + "/switch", "command=resume", "closing-time-passed", "closesAt", "2027-05-20T15:00:00+00:00", "접수가 2027년 5월 21일 (금) 00:00에 끝났습니다. 먼저 “접수 마감”을 바꿔 주세요.")]
    [InlineData("en", "races/" + Race + "/switch", "command=resume", "wrong-state", "raceStatus", "CLOSED", "That cannot be done now: it is closed. It may have changed meanwhile.")]
    [InlineData("ko", "kits", "do=delivered&number=M-7K3F-9QX2", "wrong-state", "deliveryStatus", "BACKORDERED", "지금 상태(입고 대기)에서는 할 수 없는 일입니다. 그사이 바뀌었을 수 있습니다.")]
    [InlineData("ko", "orders/" + Race, "do=ship", "wrong-state", "procurementStatus", "CANCELLED", "지금 상태(취소)에서는 할 수 없는 일입니다. 그사이 바뀌었을 수 있습니다.")]
    public async Task Refusal_IsToldInTheConsolesWords_AndInKoreasTime(string language, string page, string typed, string code, string field, string value, string told)
    {
        service.Answer = context =>
        {
            if (context.Request.Method == "GET") return context.Response.WriteAsJsonAsync(new { raceId = Race, name = "봄꽃", procurementId = Race });
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            return context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["code"] = code, ["detail"] = "Set closesAt.", [field] = value }, JsonSerializerOptions.Web, "application/problem+json");
        };

        using var answer = await gateway.SendAsync("POST", "/console/" + page, new StringContent(typed, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"), SameOrigin, Page, ("Accept-Language", language), await gateway.CookieAsync("organiser"));

        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(told, html, StringComparison.Ordinal);
        Assert.DoesNotContain("Set closesAt.", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "opensAt", "must be before closesAt", "must be before “Closes”")]
    [InlineData("ko", "closesAt", "opensAt보다 뒤여야 합니다", "“접수 시작”보다 뒤여야 합니다")]
    [InlineData("en", "closesAt", "must not be after the end of the race's day in Korea, 2027-05-20T15:00:00Z", "must not be after the end of the race's day in Korea, Fri, 21 May 2027, 00:00")]
    [InlineData("ko", "closesAt", "한국 시각으로 대회일이 끝나는 때(2027-05-20T15:00:00Z)보다 뒤일 수 없습니다", "한국 시각으로 대회일이 끝나는 때(2027년 5월 21일 (금) 00:00)보다 뒤일 수 없습니다")]
    public async Task Field_ThatIsWrong_IsToldInTheFormsWords_AndInKoreasTime(string language, string field, string error, string told)
    {
        Refuse(new() { [field] = error });

        using var answer = await gateway.SendAsync("POST", "/console/races/new", Form(("name", "봄꽃")), SameOrigin, Page, ("Accept-Language", language), await gateway.CookieAsync("organiser"));

        Assert.Contains($"id=\"{field}-error\">{told}</p>", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "line 3, number: is there twice")]
    [InlineData("ko", "3번째 줄 number: is there twice")]
    public async Task File_ThatIsWrong_IsToldByItsLines(string language, string told)
    {
        Refuse(new() { ["line 3, number"] = "is there twice" });

        using var answer = await gateway.SendAsync("POST", "/console/kits/dispatch", Form(("do", "file"), ("file", "number,carrier,trackingNumber")), SameOrigin, Page, ("Accept-Language", language), await gateway.CookieAsync("organiser"));

        Assert.Contains($"<li>{told}</li>", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    private void Refuse(Dictionary<string, string> errors) => service.Answer = context =>
    {
        if (context.Request.Method == "GET") return context.Response.WriteAsJsonAsync(new { raceId = Race, name = "봄꽃" });
        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return context.Response.WriteAsJsonAsync(new { code = "invalid", detail = "Some fields are wrong.", errors }, JsonSerializerOptions.Web, "application/problem+json");
    };

    [Theory]
    [InlineData("en", "No kit is chosen. Choose in the table those that are to be dispatched.")]
    [InlineData("ko", "고른 기념품이 없습니다. 표에서 발송할 것을 먼저 골라 주세요.")]
    public async Task Kits_OfWhichNoneIsChosen_AreNotSent_AndItIsSaidWhy(string language, string told)
    {
        using var answer = await gateway.SendAsync("POST", "/console/kits/dispatch?status=READY", Form(("do", "chosen")), SameOrigin, Page, ("Accept-Language", language), await gateway.CookieAsync("organiser"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(told, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(service.Requests, request => request.Call.StartsWith("POST", StringComparison.Ordinal));
    }

    /// <summary>Left out of the call it would stay as it was, and be called saved.</summary>
    [Theory]
    [InlineData("fee", "40000.5", "\"fee\":\"40000.5\"")]
    [InlineData("fee", "1e5", "\"fee\":\"1e5\"")]
    [InlineData("fee", "50,000", "\"fee\":50000")]
    [InlineData("capacity", "", "\"capacity\":\"\"")]
    [InlineData("holdSeconds", "soon", "\"holdSeconds\":\"soon\"")]
    [InlineData("retainUntil", "", "\"retainUntil\":\"\"")]
    [InlineData("percent", "half", "\"percent\":\"half\"")]
    public async Task Race_WithWhatCannotBeRead_IsSentAsItWasTyped(string field, string typed, string sent)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(ARace());
        var cookie = await gateway.CookieAsync("organiser");
        var form = await RaceFormAsync(cookie);
        Type(form, field, typed);

        using var answer = await SendRaceFormAsync(form, cookie);

        Assert.Contains(sent, service.Requests.Single(request => request.Call == "PATCH /races/" + Race).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, "2100-01-01", false)]
    [InlineData(88, "2100-01-01", true)]
    [InlineData(88, "2020-01-01", false)]
    public async Task Race_ForWhichPeopleAreRegistered_SaysThatAMoveIsToldToThem(int remaining, string date, bool isSaid)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { raceId = Race, name = "봄꽃", date, divisions = new[] { new { divisionId = Race, name = "하프", capacity = 100, remaining } } });

        using var answer = await gateway.SendAsync("GET", "/console/races/" + Race, null, Page, English, await gateway.CookieAsync("organiser"));

        Assert.Equal(isSaid, (await answer.Content.ReadAsStringAsync()).Contains("everybody who is registered (12 at most) is told by SMS at once.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Race_OfAsManyTiersAsTheOwnerTakes_IsShownWithAll()
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { raceId = Race, name = "봄꽃", refundTiers = Enumerable.Range(1, 10).Select(days => new { daysBefore = 1000 + days, percent = 10 }) });

        using var answer = await gateway.SendAsync("GET", "/console/races/" + Race, null, Page, await gateway.CookieAsync("organiser"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.All(Enumerable.Range(1, 10), days => Assert.Contains($"value=\"{1000 + days}\"", html, StringComparison.Ordinal));
        Assert.DoesNotContain("refundTiers[10]", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("organiser", "failed", true)]
    [InlineData("organiser", "malformed", true)]
    [InlineData("organiser", "dropped", false)]
    [InlineData("auditor", "failed", false)]
    public async Task Dropping_OfADeadLetter_IsAskedAboutFirst(string who, string state, bool isAsked)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { total = 1, items = new[] { new { id = 17, state, parkedAt = DateTimeOffset.UnixEpoch } } });
        var cookie = await gateway.CookieAsync(who);

        using var list = await gateway.SendAsync("GET", "/console/events?service=payment&page=1", null, Page, English, cookie);
        using var asking = await gateway.SendAsync("GET", "/console/events?service=payment&page=1&ask=payment-17", null, Page, English, cookie);

        var (listed, asked) = (await list.Content.ReadAsStringAsync(), await asking.Content.ReadAsStringAsync());
        Assert.Equal(isAsked, listed.Contains("href=\"/console/events?service=payment&amp;page=1&amp;ask=payment-17\"", StringComparison.Ordinal));
        Assert.DoesNotContain("value=\"drop\"", listed, StringComparison.Ordinal);
        Assert.Equal(isAsked, asked.Contains("Drop this event?", StringComparison.Ordinal));
        Assert.Equal(isAsked, asked.Contains("value=\"drop\"", StringComparison.Ordinal));
        Assert.DoesNotContain(service.Requests, request => request.Call.StartsWith("POST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("payments", "card-declined", "en", "the card was refused")]
    [InlineData("payments", "card-declined", "ko", "카드 거절")]
    [InlineData("payments", "toss 500 UNHEARD_OF", "ko", "toss 500 UNHEARD_OF")]
    [InlineData("messages", "undeliverable", "en", "could not be delivered")]
    [InlineData("messages", "undeliverable", "ko", "전달할 수 없음")]
    public async Task Reason_IsSaidInTheReadersWords(string page, string code, string language, string expected)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { total = 1, page = 1, size = 50, items = new[] { new { number = "M-7K3F-9QX2", kind = "confirmed", reason = code } } });

        using var answer = await gateway.SendAsync("GET", "/console/" + page, null, Page, ("Accept-Language", language), await gateway.CookieAsync("auditor"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains(expected, html, StringComparison.Ordinal);
        Assert.Equal(code == expected, html.Contains(code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Registrations_AreNarrowedByWhateverTheirOwnerTakes_AndSayOfWhenTheyAre()
    {
        service.Answer = context => context.Response.WriteAsJsonAsync<object>(context.Request.Path == "/races"
            ? new { items = new object[] { Described(Race, "봄꽃", "하프", "4XL"), Described("0199d2a4-0000-7000-8000-000000000002", "가을", "풀", "95") } }
            : new { total = 1, page = 1, size = 50, asOf = "2026-05-01T01:02:03.123456Z", items = new[] { new { number = "M-7K3F-9QX2" } } });
        const string Filters = "raceId=" + Race + "&divisionId=" + Race + "&kitSize=4XL&sort=oldest";

        using var answer = await gateway.SendAsync("GET", "/console/registrations?" + Filters, null, Page, English, await gateway.CookieAsync("auditor"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.Contains(service.Requests, asked => asked.Call == "GET /registrations?" + Filters + "&page=1&size=50");
        Assert.Contains($"<option value=\"{Race}\" selected>하프</option>", html, StringComparison.Ordinal);
        Assert.Contains("<option value=\"4XL\" selected>4XL</option>", html, StringComparison.Ordinal);
        Assert.Contains("<option value=\"oldest\" selected>First come first</option>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(">풀<", html, StringComparison.Ordinal);
        Assert.Contains("as of Fri, 1 May", html, StringComparison.Ordinal);
        Assert.Contains($"data-shown=\"{new DateTime(2026, 5, 1, 1, 2, 3, DateTimeKind.Utc).AddMicroseconds(123_456).Ticks}\"", html, StringComparison.Ordinal);

        static object Described(string id, string name, string division, string size) => new { raceId = id, name, divisions = new[] { new { divisionId = id, name = division, topSizes = new[] { size } } } };
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Registrations_MoveUnderNobodysHand(int total, bool isExchanged)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { total, page = 1, size = 50, items = Enumerable.Repeat(new { number = "M-7K3F-9QX2" }, total) });

        using var answer = await gateway.SendAsync("GET", "/console/registrations", null, Page, English, await gateway.CookieAsync("auditor"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(isExchanged, html.Contains("data-part", StringComparison.Ordinal));
        Assert.Contains("data-still=\"list\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registrations", 1999, true)]
    [InlineData("registrations", 2000, false)]
    [InlineData("events", 9, true)]
    [InlineData("events", 10, false)]
    [InlineData("audit", 10, false)]
    public async Task List_LeadsNoFurtherThanItsOwnerGoes(string list, int page, bool leadsOn)
    {
        service.Answer = context => context.Response.WriteAsJsonAsync(new { total = 1_000_000, isMore = true, page, size = 50, items = Array.Empty<object>() });

        using var answer = await gateway.SendAsync("GET", $"/console/{list}?page={page}", null, Page, English, await gateway.CookieAsync("auditor"));

        Assert.Equal(leadsOn, (await answer.Content.ReadAsStringAsync()).Contains("rel=\"next\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("organiser", "RUNNING", "40 of 1,000 events read", "rebuild-cancel")]
    [InlineData("organiser", "DONE", "40 of 1,000 events read", "rebuild")]
    [InlineData("organiser", null, "made anew", "rebuild")]
    [InlineData("auditor", "RUNNING", "40 of 1,000 events read", null)]
    public async Task Rebuild_IsFollowed_AndBegunOrGivenUpByWhoeverMay(string who, string? state, string told, string? button)
    {
        service.Answer = context =>
        {
            if (context.Request.Path != "/dashboards/rebuild") return context.Response.WriteAsJsonAsync(new { total = 0, items = Array.Empty<object>() });
            if (state is null) context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsJsonAsync(new { state, messages = 40, of = 1000, missing = 3 });
        };

        using var page = await gateway.SendAsync("GET", "/console/events", null, Page, English, await gateway.CookieAsync(who));

        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains(told, html, StringComparison.Ordinal);
        foreach (var possible in (string[])["rebuild", "rebuild-cancel"]) Assert.Equal(possible == button, html.Contains($"value=\"{possible}\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rebuild", "POST /dashboards/rebuild")]
    [InlineData("rebuild-cancel", "POST /dashboards/rebuild/cancel")]
    public async Task Rebuild_IsTheCallThatItsButtonStandsFor(string button, string call)
    {
        using var answer = await gateway.SendAsync("POST", "/console/events", Form(("do", button)), SameOrigin, Page, await gateway.CookieAsync("organiser"));

        Assert.Equal((HttpStatusCode.SeeOther, "/console/events?done=" + button), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Equal(call, Assert.Single(service.Requests).Call);
    }

    /// <summary>The page is followed as long as it is whole: see live.js.</summary>
    [Theory]
    [InlineData("overview", "/races", 200, "Registration does not answer just now")]
    [InlineData("overview", "/dashboards/summary", 503, "The read side does not answer just now")]
    [InlineData("registrations", "/races", 200, "Registration does not answer just now")]
    [InlineData("registrations", "/registrations", 503, "The read side does not answer just now")]
    [InlineData("races", "/races", 503, "Registration does not answer just now")]
    public async Task Page_OfWhichAServiceIsSilent_FailsOnlyWithoutWhatItIsAbout(string page, string silent, int expected, string told)
    {
        service.Answer = context =>
        {
            if (context.Request.Path == silent) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsJsonAsync(new { });
        };

        using var answer = await gateway.SendAsync("GET", "/console/" + page, null, Page, English, await gateway.CookieAsync("organiser"));

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Contains(told, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registration_WhosePaymentIsSilent_IsShownWithoutIt()
    {
        service.Answer = context => context.Request.Path.Value switch
        {
            "/registrations" => context.Response.WriteAsJsonAsync(new { total = 1, items = new[] { new { registerId = Guid.NewGuid(), number = "M-7K3F-9QX2", status = "REGISTERED", raceId = Race, name = "김하나" } } }),
            "/payments/M-7K3F-9QX2" => Fail(context),
            _ => NotThere(context),
        };

        using var answer = await gateway.SendAsync("GET", "/console/registrations/M-7K3F-9QX2", null, Page, English, await gateway.CookieAsync("auditor"));

        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("김하나", html, StringComparison.Ordinal);
        Assert.Contains("Payment does not answer just now", html, StringComparison.Ordinal);

        static Task Fail(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsJsonAsync(new { });
        }

        static Task NotThere(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsJsonAsync(new { code = "not-found" });
        }
    }
}
