using System.Net;
using Marathon.Gateway.Edge;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>What the gateway does for pages: forms come from them alone, nobody led somewhere sees JSON, and a key that a form has earned stays with the gateway.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private const string Register = "/register/01994d2a-0000-7000-8000-000000000001/01994d2a-0000-7000-8000-000000000002?key=k1";
    private const string Number = "M-7K3F-9QX2", AccessKey = "9e7a2c02cd9e3eb5b19a28ab12bf1939302ca4ed";
    private static readonly (string, string) SameOrigin = ("Sec-Fetch-Site", "same-origin"), Page = ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

    private Backend service = null!;
    private GatewayHost gateway = null!;

    public async Task InitializeAsync()
    {
        service = await Backend.StartAsync();
        gateway = await GatewayHost.StartAsync(("dashboard", service.Address), ("registration", service.Address));
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        await service.DisposeAsync();
    }

    private static FormUrlEncodedContent Form => new(new Dictionary<string, string> { ["number"] = Number, ["accessKey"] = AccessKey });

    private Task Opens(HttpContext context)
    {
        context.Response.Headers[RunnerHeaders.Opens] = $"{Number} {AccessKey}";
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://elsewhere.example")]
    [InlineData("X-Nothing", "at-all")]
    public async Task Form_OfAnotherPage_IsNotTaken(string header, string value)
    {
        using var answer = await gateway.SendAsync("POST", "/find/key", Form, (header, value));

        await answer.AssertProblemAsync(403, "cross-site");
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Form_ThatOpensARegistration_LeavesItsKeyInTheCookieAndNowhereElse()
    {
        service.Answer = Opens;

        using var answer = await gateway.SendAsync("POST", "/find/key", Form, SameOrigin, Page);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains(RunnerHeaders.Opens));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.DoesNotContain(AccessKey, cookie, StringComparison.Ordinal);
        service.Answer = _ => Task.CompletedTask;
        service.Requests.Clear();
        using var page = await gateway.SendAsync("GET", "/mypage/" + Number, null, ("Cookie", cookie.Split(';')[0]));
        Assert.Equal("Bearer " + AccessKey, Assert.Single(service.Requests).Headers["Authorization"]);
        Assert.Equal(Number, Assert.Single(service.Requests).Headers[RunnerHeaders.Opened]);
        using var list = await gateway.SendAsync("GET", "/find", null, ("Cookie", cookie.Split(';')[0]));
        Assert.Equal(Number, service.Requests.Last().Headers[RunnerHeaders.Opened]);
    }

    [Fact]
    public async Task Registration_IsOpenedByFormsAlone_AndByNobodyOutside()
    {
        service.Answer = Opens;
        using var read = await gateway.SendAsync("GET", "/find", null, (RunnerHeaders.Opened, Number), (RunnerHeaders.Opens, $"{Number} {AccessKey}"));

        Assert.False(read.Headers.Contains("Set-Cookie"));
        Assert.False(read.Headers.Contains(RunnerHeaders.Opens));
        var asked = Assert.Single(service.Requests);
        Assert.DoesNotContain(RunnerHeaders.Opens, asked.Headers.Keys);
        Assert.Equal("", asked.Headers.GetValueOrDefault(RunnerHeaders.Opened, ""));
    }

    [Theory]
    [InlineData("ko", "찾는 페이지가 없습니다")]
    [InlineData("en", "There is no such page")]
    public async Task Error_IsAPage_ForWhoeverWaitsForOne(string language, string title)
    {
        service.Answer = context => Problems.NotFound("Not here.").ExecuteAsync(context);
        foreach (var path in (string[])["/nothing-there", "/find"])
        {
            using var page = await gateway.SendAsync("GET", path, null, Page, ("Accept-Language", language));
            Assert.Equal((HttpStatusCode.NotFound, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
            Assert.Contains(title, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var program = await gateway.SendAsync("GET", "/find", null, ("Accept", "*/*"));
        await program.AssertProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Service_ThatIsAway_IsAPageToo_AndSaysWhenToComeAgain()
    {
        await service.DisposeAsync();

        using var page = await gateway.SendAsync("GET", "/", null, Page, ("Accept-Language", "en"));

        Assert.True(page.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable, page.StatusCode.ToString());
        Assert.Contains("We cannot be reached for a moment", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull(page.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("POST", "/find/phone", "/find")]
    [InlineData("POST", "/mypage/M-7K3F-9QX2/messages", "/mypage/M-7K3F-9QX2")]
    // On the page that it is sent to: whatever its address says is kept.
    [InlineData("POST", Register, "")]
    [InlineData("GET", "/find", "")]
    public async Task Service_ThatHangsUp_IsToldToPeople_WhoTryAgainWhereTheFormIs(string method, string path, string again)
    {
        service.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        foreach (var language in (string[])["ko", "en"])
        {
            using var page = await gateway.SendAsync(method, path, method == "POST" ? Form : null, Page, SameOrigin, ("Accept-Language", language));

            Assert.Equal(HttpStatusCode.BadGateway, page.StatusCode);
            var html = await page.Content.ReadAsStringAsync();
            Assert.Contains($"href=\"{again}\"", html, StringComparison.Ordinal);
            Assert.Equal(method == "POST", html.Contains(language == "ko" ? "처리되었을 수도" : "may have been carried out", StringComparison.Ordinal));
            Assert.DoesNotContain(language == "ko" ? "같은 요청" : "Send the same request", html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(401, "POST /login")]
    [InlineData(405, "Allow")]
    [InlineData(415, "UTF-8")]
    [InlineData(429, "Retry-After")]
    [InlineData(504, "Idempotency-Key")]
    public async Task Problem_SpeaksToPrograms_AndItsPageToPeople(int status, string term)
    {
        foreach (var language in (string[])["ko", "en"])
        {
            var (problem, page) = (await WrittenAsync(status, "*/*", language), await WrittenAsync(status, "text/html", language));

            Assert.Contains(term, problem, StringComparison.Ordinal);
            Assert.Contains("<h1>", page, StringComparison.Ordinal);
            Assert.DoesNotContain(term, page.Split("<main")[1].Split("</main>")[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Form_ThatIsOneTooMany_IsSentAgainFromThePage_AsItWasFilledIn()
    {
        await using var busy = await GatewayHost.StartAsync(["Limits:Unlimited=", "Limits:CallsFromAddress=1", "Limits:CallsFromAddressPerMinute=1"], ("dashboard", service.Address));
        (await busy.SendAsync("GET", "/find")).Dispose();
        using var typed = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "김\"철수\"", ["token"] = "tok_approved" });

        using var refused = await busy.SendAsync("POST", Register, typed, SameOrigin, Page);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        var html = await refused.Content.ReadAsStringAsync();
        Assert.Contains("<form method=\"post\">", html, StringComparison.Ordinal);
        Assert.Contains("name=\"name\" value=\"김&quot;철수&quot;\"", html, StringComparison.Ordinal);
        Assert.Contains("name=\"token\" value=\"tok_approved\"", html, StringComparison.Ordinal);
        // Of what another site sends, and of what opens something, nothing comes back.
        foreach (var (path, site) in ((string, (string, string))[])[(Register, ("Sec-Fetch-Site", "cross-site")), ("/find/key", SameOrigin), ("/console/login", SameOrigin)])
        {
            using var other = await busy.SendAsync("POST", path, Form, site, Page);
            Assert.Equal(HttpStatusCode.TooManyRequests, other.StatusCode);
            Assert.DoesNotContain(AccessKey, await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Form_OfARegistration_IsToldWhichBrowserItIsIn_ByTheGatewayAlone()
    {
        using var opened = await gateway.SendAsync("GET", Register, null, Page, (RunnerHeaders.Browser, "another's"));
        var cookie = Assert.Single(opened.Headers.GetValues("Set-Cookie")).Split(';')[0];
        using var sent = await gateway.SendAsync("POST", Register, Form, SameOrigin, Page, ("Cookie", cookie));
        using var withoutCookies = await gateway.SendAsync("POST", Register, Form, SameOrigin, Page, (RunnerHeaders.Browser, "another's"));

        var browser = cookie.Split('=')[1];
        Assert.Matches("^[0-9a-f]{32}$", browser);
        Assert.Equal([browser, browser, ""], service.Requests.Select(asked => asked.Headers.GetValueOrDefault(RunnerHeaders.Browser, "")));
    }

    [Fact]
    public async Task Language_OnceChosen_GoesBeforeTheBrowsers()
    {
        using var chosen = await gateway.SendAsync("GET", "/find?lang=en", null, ("Accept-Language", "ko"));
        var cookie = chosen.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var later = await gateway.SendAsync("GET", "/find", null, ("Accept-Language", "ko"), ("Cookie", cookie));
        using var nonsense = await gateway.SendAsync("GET", "/find?lang=xx", null, ("Accept-Language", "ko"));

        Assert.Equal(["en", "en", "ko"], service.Requests.Select(asked => asked.Headers["Accept-Language"]));
        Assert.False(nonsense.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task File_IsKeptForGood_UnderTheAddressThatAPageNamesOnly()
    {
        var page = await gateway.Client.GetStringAsync("/open/a-code");
        var address = page.Split('"').Single(part => part.EndsWith("/site.css", StringComparison.Ordinal));

        using var named = await gateway.SendAsync("GET", address);
        using var outdated = await gateway.SendAsync("GET", "/assets/another/site.css");
        using var missing = await gateway.SendAsync("GET", "/assets/another/Marathon.Web.dll");

        Assert.Equal(("text/css", true), (named.Content.Headers.ContentType?.MediaType, named.Headers.CacheControl?.ToString().Contains("immutable", StringComparison.Ordinal)));
        Assert.Equal(TimeSpan.FromSeconds(10), outdated.Headers.CacheControl?.MaxAge);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private async Task<string> WrittenAsync(int status, string accept, string language)
    {
        // Of what wants no login, no service and no limit: the answer's status is all that is known of it.
        var context = new DefaultHttpContext { RequestServices = gateway.Services };
        (context.Request.Method, context.Request.Headers.Accept, context.Request.Headers.AcceptLanguage) = ("GET", accept, language);
        using var body = new MemoryStream();
        context.Response.Body = body;
        await (status == 429 ? GatewayProblems.WriteTooManyRequestsAsync(context) : GatewayProblems.WriteAsync(context, status));
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }
}
