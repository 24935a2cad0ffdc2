using System.Net;
using System.Text.Json;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>A runner's browser opens a registration once, with its key or with a link, and needs no key from then on.</summary>
public sealed class RunnerTests : IClassFixture<House>
{
    private const string Number = "M-7K0F-1QX2", AccessKey = "9e7a2c02cd9e3eb5b19a28ab12bf1939302ca4ed", Code = "a-code-from-a-message";
    private static readonly (string, string) SameOrigin = ("Sec-Fetch-Site", "same-origin"), CrossSite = ("Sec-Fetch-Site", "cross-site");

    private readonly House house;
    private readonly Backend service;
    private readonly GatewayHost gateway;

    /// <summary>The service knows every number, under the one key, and one link.</summary>
    public RunnerTests(House house)
    {
        (this.house, service, gateway) = (house, house.Service, house.Gateway);
        house.Begin(context => (context.Request.Path.Value, context.Request.Headers.Authorization.ToString()) switch
        {
            ("/links/use", _) => service.Requests.Last().Body.Contains(Code, StringComparison.Ordinal)
                ? context.Response.WriteAsJsonAsync(new { registrationId = Guid.Empty, number = Number })
                : Problems.NotFound().ExecuteAsync(context),
            ("/access-keys", _) => context.Response.WriteAsJsonAsync(new { accessKey = AccessKey }),
            (var path, "Bearer " + AccessKey) => context.Response.WriteAsJsonAsync(new { number = path!.Split('/')[2] }),
            _ => Problems.NotFound().ExecuteAsync(context),
        });
    }

    private Task<HttpResponseMessage> OpenAsync(string number, string accessKey, params (string, string)[] headers) =>
        gateway.SendAsync("POST", "/session", Calling.Json(JsonSerializer.Serialize(new { number, accessKey })), headers);

    private static string SetCookie(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single();

    private static (string, string) Cookie(HttpResponseMessage answer) => ("Cookie", SetCookie(answer).Split(';')[0]);

    /// <summary>What a browser keeps of an answer.</summary>
    private static void Keep(Dictionary<string, string> browser, HttpResponseMessage answer)
    {
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            var (name, value) = (cookie.Split('=')[0], cookie.Split(';')[0].Split('=', 2)[1]);
            if (cookie.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)) browser.Remove(name); else browser[name] = value;
        }
    }

    private static (string, string) Sent(Dictionary<string, string> browser) => ("Cookie", string.Join("; ", browser.Select(cookie => $"{cookie.Key}={cookie.Value}")));

    private async Task<IReadOnlyList<string?>> NumbersAsync((string, string) cookie)
    {
        using var answer = await gateway.SendAsync("GET", "/session", null, cookie);
        return [.. (await answer.JsonAsync()).GetProperty("numbers").EnumerateArray().Select(number => number.GetString())];
    }

    [Fact]
    public async Task Opened_OfABrowser_NeedsNoKeyFromThenOn_ForThisRegistration()
    {
        using var opened = await OpenAsync(Number, AccessKey, SameOrigin);

        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.DoesNotContain(AccessKey, await opened.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var attribute in (string[])["httponly", "samesite=lax", "path=/"]) Assert.Contains(attribute, SetCookie(opened), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(AccessKey, SetCookie(opened), StringComparison.Ordinal);

        service.Requests.Clear();
        using var page = await gateway.SendAsync("GET", "/mypage/" + Number.ToLowerInvariant().Replace('0', 'o').Replace('1', 'i'), null, Cookie(opened));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var asked = Assert.Single(service.Requests);
        Assert.Equal("Bearer " + AccessKey, asked.Headers["Authorization"]);
        Assert.DoesNotContain("Cookie", asked.Headers.Keys);

        service.Requests.Clear();
        using var another = await gateway.SendAsync("GET", "/mypage/M-AAAA-AAAA", null, Cookie(opened));
        await another.AssertProblemAsync(404, "not-found");
        Assert.DoesNotContain("Authorization", Assert.Single(service.Requests).Headers.Keys);
    }

    [Fact]
    public async Task Opened_BeforeAHeader_IsNotAsked()
    {
        using var opened = await OpenAsync(Number, AccessKey, SameOrigin);

        using var page = await gateway.SendAsync("GET", "/mypage/" + Number, null, Cookie(opened), ("Authorization", "Bearer wrong"));

        await page.AssertProblemAsync(404, "not-found");
    }

    [Theory]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData(null, false)]
    [InlineData("same-origin", true)]
    public async Task Opened_ChangesSomething_OnlyFromItsOwnPages(string? site, bool isTaken)
    {
        using var opened = await OpenAsync(Number, AccessKey, SameOrigin);
        service.Requests.Clear();

        using var cancelled = await gateway.SendAsync("POST", $"/registrations/{Number}/cancel", Calling.Json("{}"), [Cookie(opened), .. site is null ? [] : ((string, string)[])[("Sec-Fetch-Site", site)]]);

        if (isTaken) Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        else await cancelled.AssertProblemAsync(403, "cross-site");
        Assert.Equal(isTaken ? 1 : 0, service.Requests.Count);
    }

    [Fact]
    public async Task Opened_IsNoLogin()
    {
        using var opened = await OpenAsync(Number, AccessKey, SameOrigin);

        using var erasure = await gateway.SendAsync("GET", $"/registrations/{Number}/erasure", null, Cookie(opened));

        await erasure.AssertProblemAsync(401, "unauthorized");
    }

    [Theory]
    [InlineData(Number, "wrong", 404, "not-found")]
    [InlineData("", AccessKey, 422, "invalid")]
    [InlineData(Number, "with blanks", 422, "invalid")]
    [InlineData(".", AccessKey, 404, "not-found")]
    [InlineData("../erasures", AccessKey, 404, "not-found")]
    [InlineData("M-\u0000", AccessKey, 404, "not-found")]
    public async Task Open_WithWhatIsWrong_OpensNothing(string number, string accessKey, int status, string code)
    {
        service.Answer = context => Problems.NotFound().ExecuteAsync(context);
        if (number == Number) service.Answer = context => (context.Request.Headers.Authorization == "Bearer " + AccessKey ? Results.Ok() : Problems.NotFound()).ExecuteAsync(context);

        using var refused = await OpenAsync(number, accessKey, SameOrigin);

        await refused.AssertProblemAsync(status, code);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Open_OfTwoAtOnce_InTwoTabs_LosesNeither()
    {
        Dictionary<string, string> browser = [];
        var sent = Sent(browser);

        using var one = await OpenAsync("M-AAAA-0001", AccessKey, SameOrigin, sent);
        using var other = await OpenAsync("M-AAAA-0002", AccessKey, SameOrigin, sent);
        Keep(browser, one);
        Keep(browser, other);

        Assert.Equal(["M-AAAA-0002", "M-AAAA-0001"], await NumbersAsync(Sent(browser)));
        foreach (var number in (string[])["M-AAAA-0001", "M-AAAA-0002"])
        {
            using var page = await gateway.SendAsync("GET", "/mypage/" + number, null, Sent(browser));
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
    }

    [Fact]
    public async Task Open_OfSeveral_KeepsTheLastTen()
    {
        Dictionary<string, string> browser = new() { ["marathon-runner-M-9999-9999"] = "of-another-key", ["marathon-language"] = "en" };
        for (var number = 0; number < 12; number++)
        {
            using var opened = await OpenAsync($"M-AAAA-{number:0000}", AccessKey, SameOrigin, Sent(browser));
            Keep(browser, opened);
        }

        Assert.Equal(Enumerable.Range(2, 10).Reverse().Select(number => $"M-AAAA-{number:0000}"), await NumbersAsync(Sent(browser)));
        Assert.Equal(11, browser.Count);
        Assert.InRange(Sent(browser).Item2.Length, 1, 4000);
    }

    [Fact]
    public async Task Open_OfOneThatIsOpen_IsTheLastOpened_AndThereOnce()
    {
        Dictionary<string, string> browser = [];
        foreach (var number in (string[])["M-AAAA-0001", "M-AAAA-0002", "M-AAAA-0001"])
        {
            using var opened = await OpenAsync(number, AccessKey, SameOrigin, Sent(browser));
            Keep(browser, opened);
        }

        Assert.Equal(["M-AAAA-0001", "M-AAAA-0002"], await NumbersAsync(Sent(browser)));
    }

    [Fact]
    public async Task Opened_OfOneNumber_OpensNoOther_UnderWhateverName()
    {
        using var opened = await OpenAsync(Number, AccessKey, SameOrigin);
        var renamed = Cookie(opened).Item2.Replace(Number, "M-AAAA-0001", StringComparison.Ordinal);
        service.Requests.Clear();

        using var page = await gateway.SendAsync("GET", "/mypage/M-AAAA-0001", null, ("Cookie", renamed));

        await page.AssertProblemAsync(404, "not-found");
        Assert.DoesNotContain("Authorization", Assert.Single(service.Requests).Headers.Keys);
    }

    [Fact]
    public async Task Opened_IsOverAfterItsTime()
    {
        await using var hasty = await house.StartAsync("Access:RunnerLifetime=00:00:00.001");
        using var opened = await hasty.SendAsync("POST", "/session", Calling.Json(JsonSerializer.Serialize(new { number = Number, accessKey = AccessKey })), SameOrigin);

        using var page = await hasty.SendAsync("GET", "/mypage/" + Number, null, Cookie(opened));

        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        await page.AssertProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Link_WhenLookedAt_IsAPageWithAButton_AndAsksNobody()
    {
        using var page = await gateway.SendAsync("GET", "/open/" + Code, null, ("Accept-Language", "en"));

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains($"""<form method="post" action="/open/{Code}">""", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Link_IsNeverReadAsMarkup()
    {
        using var page = await gateway.SendAsync("GET", "/open/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");

        Assert.DoesNotContain("<script>", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_OfABrowser_OpensTheRegistration_AndLeadsToItsPage()
    {
        // As browsers send a form without fields.
        using var opened = await gateway.SendAsync("POST", "/open/" + Code, null, SameOrigin, ("Content-Type", "application/x-www-form-urlencoded"));

        Assert.Equal((HttpStatusCode.SeeOther, "/mypage/" + Number), (opened.StatusCode, opened.Headers.Location?.ToString()));
        Assert.Equal([Number], await NumbersAsync(Cookie(opened)));
    }

    [Fact]
    public async Task Link_OfAProgram_GivesTheKeyBack()
    {
        using var opened = await gateway.SendAsync("POST", "/open/" + Code);

        Assert.Equal((Number, AccessKey), ((await opened.JsonAsync()).GetProperty("number").GetString(), (await opened.JsonAsync()).GetProperty("accessKey").GetString()));
        Assert.False(opened.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Link_ThatIsUsedOrOld_SaysSo()
    {
        using var program = await gateway.SendAsync("POST", "/open/another");
        await program.AssertProblemAsync(404, "not-found");

        using var browser = await gateway.SendAsync("POST", "/open/another", null, SameOrigin, ("Accept-Language", "en"));
        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (browser.StatusCode, browser.Content.Headers.ContentType?.MediaType));
        Assert.Contains("no longer works", await browser.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(browser.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/session")]
    [InlineData("/open/" + Code)]
    [InlineData("/session/end")]
    public async Task AnotherSitesPage_OpensAndClosesNothing(string path)
    {
        using var refused = await gateway.SendAsync("POST", path, Calling.Json(JsonSerializer.Serialize(new { number = Number, accessKey = AccessKey })), CrossSite);

        await refused.AssertProblemAsync(403, "cross-site");
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Closed_IsGoneFromTheBrowser()
    {
        Dictionary<string, string> browser = new() { ["marathon-runner-M-9999-9999"] = "of-another-key" };
        foreach (var number in (string[])["M-AAAA-0001", "M-AAAA-0002"])
        {
            using var opened = await OpenAsync(number, AccessKey, SameOrigin);
            Keep(browser, opened);
        }

        using var closed = await gateway.SendAsync("POST", "/session/end", null, Sent(browser), SameOrigin);
        Keep(browser, closed);

        Assert.Equal(HttpStatusCode.NoContent, closed.StatusCode);
        Assert.Empty(browser);
    }

    [Fact]
    public async Task Cookie_ThatIsNotOurs_OpensNothing()
    {
        using var page = await gateway.SendAsync("GET", "/mypage/" + Number, null, ("Cookie", $"marathon-runner-{Number}=made-up"));

        await page.AssertProblemAsync(404, "not-found");
    }

    [Fact]
    public async Task Guessing_AtLinksAndKeys_IsLimitedTogether()
    {
        await using var limited = await house.StartAsync("Limits:Unlimited=10.0.0.0/8", "Limits:WrongKeysFromAddress=2", "Limits:WrongKeysFromAddressPerMinute=1");
        await WrongAsync("/open/another", null);
        await WrongAsync("/session", JsonSerializer.Serialize(new { number = Number, accessKey = "wrong" }));

        using var refused = await limited.SendAsync("POST", "/open/" + Code);

        await refused.AssertProblemAsync(429, "too-many-requests");

        // A machine that is too slow for the service's answer has not looked at the guess.
        async Task WrongAsync(string path, string? body)
        {
            HttpResponseMessage answer;
            do answer = await limited.SendAsync("POST", path, body is null ? null : Calling.Json(body));
            while (answer.StatusCode == HttpStatusCode.ServiceUnavailable);
            await answer.AssertProblemAsync(404, "not-found");
        }
    }

    [Fact]
    public async Task Searching_IsLimited_AlsoAllAtOnce_AndShutsNobodyOut()
    {
        await using var limited = await house.StartAsync("Limits:Unlimited=10.0.0.0/8", "Limits:SearchesFromAddress=3", "Limits:SearchesFromAddressPerMinute=1");
        service.Answer = context => context.Response.WriteAsJsonAsync(new { number = Number });

        var searches = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => limited.SendAsync("POST", "/registrations/find", Calling.Json("{}"))));

        Assert.Equal(3, searches.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(17, searches.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        using var page = await limited.SendAsync("GET", "/mypage/" + Number, null, ("Authorization", "Bearer " + AccessKey));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Form_OfABrowserThatNamesOnlyItsOrigin_IsTaken()
    {
        var self = gateway.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        using var page = await gateway.SendAsync("GET", "/open/" + Code);
        // With "no-referrer" it would be "null" (Fetch standard, "append a request Origin header").
        Assert.Equal("same-origin", page.Headers.GetValues("Referrer-Policy").Single());

        using var opened = await gateway.SendAsync("POST", "/open/" + Code, null, ("Origin", self));

        Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
    }

    [Fact]
    public async Task Link_WhenTheKeyCannotBeHad_SaysToPressAgain()
    {
        var usual = service.Answer;
        service.Answer = context => context.Request.Path == "/access-keys" ? Task.Run(() => context.Response.StatusCode = 500) : usual(context);

        using var browser = await gateway.SendAsync("POST", "/open/" + Code, null, SameOrigin, ("Accept-Language", "en"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "text/html"), (browser.StatusCode, browser.Content.Headers.ContentType?.MediaType));
        Assert.Contains($"""action="/open/{Code}">""", await browser.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
