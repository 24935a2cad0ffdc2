using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Tests;

public sealed class LoginTests : IClassFixture<House>
{
    private const string Password = GatewayHost.Password;

    private readonly House house;
    private readonly Backend registration;
    private readonly GatewayHost gateway;

    public LoginTests(House house)
    {
        (this.house, registration, gateway) = (house, house.Service, house.Gateway);
        house.Begin();
    }

    private static async Task<string?> AccountAsync(GatewayHost gateway, params (string Name, string Value)[] headers)
    {
        using var me = await gateway.SendAsync("GET", "/me", null, headers);
        if (me.StatusCode != HttpStatusCode.OK) await me.AssertProblemAsync(401, "unauthorized");
        return me.StatusCode == HttpStatusCode.OK ? (await me.JsonAsync()).GetProperty("account").GetString() : null;
    }

    [Theory]
    [InlineData("Content-Length: 65536\r\n\r\n{", 0)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", 0)]
    // Kestrel's own rate would allow two minutes for it.
    [InlineData("Content-Length: 65536\r\n\r\n{", 30_000)]
    public async Task LogIn_WithABodyThatComesToNoEnd_IsAnswered(string body, int more)
    {
        var answer = await gateway.SendRawAsync($"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{body}{new string(' ', more)}");

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request-timeout\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("organiser")]
    [InlineData(" Organiser ")]
    public async Task LogIn_OfAProgram_GivesATokenAndNoCookie(string name)
    {
        using var answer = await gateway.Client.LogInAsync(name, Password);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var body = await answer.JsonAsync();
        Assert.Equal(("organiser", "organiser", "Bearer"), (body.GetProperty("account").GetString(), body.GetProperty("role").GetString(), body.GetProperty("tokenType").GetString()));
        Assert.InRange(body.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(60));
        Assert.Equal("organiser", await AccountAsync(gateway, ("Authorization", "Bearer " + body.GetProperty("accessToken").GetString())));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Origin", "{self}")]
    public async Task LogIn_OfABrowser_GivesACookieThatNoScriptSeesAndNoToken(string header, string value)
    {
        using var answer = await gateway.Client.LogInAsync("crew", Password, (header, value.Replace("{self}", gateway.Client.BaseAddress!.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Matches("^marathon=[^;]+; path=/; samesite=strict; httponly$", cookie);
        Assert.Equal(["account", "role", "expiresAt"], (await answer.JsonAsync()).EnumerateObject().Select(field => field.Name));
        Assert.Equal("crew", await AccountAsync(gateway, ("Cookie", cookie.Split(';')[0])));
    }

    [Fact]
    public async Task LogIn_OverHttps_GivesACookieForHttpsOnly()
    {
        await using var behindTls = await house.StartAsync("TrustedProxies=127.0.0.1");

        using var answer = await behindTls.Client.LogInAsync("crew", Password, ("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-Proto", "https"));

        Assert.Contains("; secure", answer.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ko", "이름이나 비밀번호")]
    [InlineData("en", "Name or password")]
    public async Task LogIn_WithAWrongPasswordOrAWrongName_IsRefusedAlike(string language, string contains)
    {
        using var wrongPassword = await gateway.Client.LogInAsync("organiser", "wrong horse battery", ("Accept-Language", language));
        using var wrongName = await gateway.Client.LogInAsync("nobody", Password, ("Accept-Language", language));

        await wrongPassword.AssertProblemAsync(401, "wrong-name-or-password");
        Assert.Equal(await WithoutTraceAsync(wrongPassword), await WithoutTraceAsync(wrongName));
        Assert.Equal(wrongPassword.Headers.Select(header => header.Key).Order(), wrongName.Headers.Select(header => header.Key).Order());
        Assert.Contains(contains, await wrongName.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogIn_UnderANameThatNobodyHas_TakesAsLong()
    {
        // Real work for both: 60,000 rounds. What is compared is the best of five, which other programs on the machine can only lengthen.
        using var passwords = new Access.Passwords(new Access.AccessOptions { HashRounds = 60_000 });
        await using var gateway = await house.StartAsync("Access:HashRounds=60000", $"Access:Accounts=organiser:organiser:{passwords.Hash(Password)}");
        (await gateway.Client.LogInAsync("organiser", "once to warm up")).Dispose();

        var (known, unknown) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            known = Shorter(known, await TimeAsync("organiser"));
            unknown = Shorter(unknown, await TimeAsync("nobody"));
        }

        Assert.True(unknown > known / 4, $"{unknown.TotalMilliseconds} ms for a name that nobody has, {known.TotalMilliseconds} ms for a wrong password");

        static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

        async Task<TimeSpan> TimeAsync(string name)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await gateway.Client.LogInAsync(name, "wrong horse battery");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            return watch.Elapsed;
        }
    }

    [Theory]
    [InlineData("{}", 422, "invalid")]
    [InlineData("{\"name\":\"organiser\"}", 422, "invalid")]
    [InlineData("{\"name\":\"organiser\",\"password\":7}", 422, "invalid")]
    [InlineData("{", 400, "malformed")]
    public async Task LogIn_WhenTheBodyIsWrong_SaysSo(string body, int status, string code)
    {
        using var answer = await gateway.SendAsync("POST", "/login", Calling.Json(body));
        await answer.AssertProblemAsync(status, code);
    }

    [Fact]
    public async Task LogIn_AsAForm_IsNotRead()
    {
        using var answer = await gateway.SendAsync("POST", "/login", new FormUrlEncodedContent([new("name", "organiser"), new("password", Password)]));
        await answer.AssertProblemAsync(415, "unsupported-media-type");
    }

    [Theory]
    [InlineData("organiser")]
    [InlineData("nobody")]
    public async Task Guessing_AtAName_HasToWait_AndOnlyWhereTheGuessesComeFrom(string name)
    {
        await using var gateway = await house.StartAsync("Access:AttemptsAtNameFromAddress=3");
        for (var attempt = 0; attempt < 3; attempt++)
            using (var wrong = await gateway.Client.LogInAsync(name, "guess no. " + attempt)) await wrong.AssertProblemAsync(401, "wrong-name-or-password");

        using var right = await gateway.Client.LogInAsync(name, Password);
        await right.AssertProblemAsync(429, "too-many-attempts");
        Assert.InRange(int.Parse(right.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), 1, 30);

        using var owner = gateway.ClientFrom("127.0.0.2");
        using var elsewhere = await owner.LogInAsync(name, Password);
        Assert.Equal(name == "organiser" ? 200 : 401, (int)elsewhere.StatusCode);
        using var another = await gateway.Client.LogInAsync("crew", Password);
        Assert.Equal(HttpStatusCode.OK, another.StatusCode);
    }

    [Fact]
    public async Task Guessing_AtManyNames_HasToWait()
    {
        await using var gateway = await house.StartAsync("Access:AttemptsFromAddress=3");
        // The bucket fills up again while a slow machine guesses; guesses are faster than that in the end.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var guess = await gateway.Client.LogInAsync("name-" + attempt, Password);
            if (guess.StatusCode == HttpStatusCode.Unauthorized) continue;
            await guess.AssertProblemAsync(429, "too-many-attempts");
            Assert.True(attempt >= 3, "It had to wait sooner than it should.");
            return;
        }
        Assert.Fail("A hundred names were tried from one address.");
    }

    [Fact]
    public async Task Guessing_AtANameFromManyAddresses_KeepsStrangersOutAndNotItsOwner()
    {
        await using var gateway = await house.StartAsync("Access:AttemptsAtName=4");
        await gateway.TokenAsync("organiser");
        for (var place = 2; place < 5; place++)
        {
            using var guesser = gateway.ClientFrom("127.0.0." + place);
            using var wrong = await guesser.LogInAsync("organiser", "wrong horse battery");
            await wrong.AssertProblemAsync(401, "wrong-name-or-password");
        }

        using var stranger = gateway.ClientFrom("127.0.0.9");
        using var refused = await stranger.LogInAsync("organiser", Password);
        await refused.AssertProblemAsync(429, "too-many-attempts");
        Assert.Equal("organiser", await AccountAsync(gateway, await gateway.TokenAsync("organiser")));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Origin", "null")]
    public async Task Cookie_WithACommandFromAnotherSitesPage_IsRefused(string? header, string? value)
    {
        var cookie = await gateway.CookieAsync("organiser");

        foreach (var (method, path) in ((string, string)[])[("POST", "/races"), ("PATCH", "/races/1"), ("POST", "/races/1/close"), ("POST", "/logout")])
        {
            using var answer = await gateway.SendAsync(method, path, Calling.Json("{}"), header is null ? [cookie] : [cookie, (header, value!)]);
            await answer.AssertProblemAsync(403, "cross-site");
        }
        Assert.Empty(registration.Requests);
        Assert.Equal("organiser", await AccountAsync(gateway, cookie));
    }

    [Fact]
    public async Task Cookie_WithACommandFromTheGatewaysOwnPage_IsTaken()
    {
        var cookie = await gateway.CookieAsync("organiser");

        using var named = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), cookie, ("Sec-Fetch-Site", "same-origin"), ("Origin", "http://other.example"));
        using var older = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), cookie, ("Origin", gateway.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)));

        Assert.Equal((200, 200), ((int)named.StatusCode, (int)older.StatusCode));
        Assert.Equal(2, registration.Requests.Count);
    }

    [Fact]
    public async Task LogIn_FromAnotherSitesPage_IsRefused()
    {
        using var answer = await gateway.Client.LogInAsync("organiser", Password, ("Origin", "https://evil.example"));
        await answer.AssertProblemAsync(403, "cross-site");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Identity_IsTheGatewaysWord_WhateverOutsidersSend()
    {
        var auditor = await gateway.TokenAsync("auditor");
        (string, string)[] forged = [(CallerHeaders.Account, "organiser"), (CallerHeaders.Role, "organiser"), (ServiceCredential.Header, GatewayHost.Key)];

        using var nobody = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), forged);
        await nobody.AssertProblemAsync(401, "unauthorized");
        using var more = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), [auditor, .. forged]);
        await more.AssertProblemAsync(403, "forbidden");
        Assert.Empty(registration.Requests);

        using var read = await gateway.SendAsync("GET", "/payments", null, [auditor, ("Cookie", "marathon=x"), .. forged]);
        using var open = await gateway.SendAsync("GET", "/races", null, [auditor, .. forged]);
        Assert.Equal((200, 200), ((int)read.StatusCode, (int)open.StatusCode));
        var (payments, races) = (registration.Requests.First(), registration.Requests.Last());
        Assert.Equal(("auditor", "auditor"), (payments.Headers[CallerHeaders.Account], payments.Headers[CallerHeaders.Role]));
        Assert.DoesNotContain("Authorization", payments.Headers.Keys);
        Assert.DoesNotContain("Cookie", payments.Headers.Keys);
        Assert.DoesNotContain(CallerHeaders.Account, races.Headers.Keys);
        Assert.DoesNotContain(CallerHeaders.Role, races.Headers.Keys);
    }

    [Fact]
    public async Task Session_IsKnownToAnotherReplicaAndAfterARestart_AndNotUnderAnotherKey()
    {
        var (token, cookie) = (await gateway.TokenAsync("organiser"), await gateway.CookieAsync("organiser"));
        await using var replica = await house.StartAsync();
        await using var foreign = await house.StartAsync("Access:SessionKey=another-secret-for-the-tests-of-the-gateway");

        Assert.Equal(("organiser", "organiser"), (await AccountAsync(replica, token), await AccountAsync(replica, cookie)));
        Assert.Equal((null, null), (await AccountAsync(foreign, token), await AccountAsync(foreign, cookie)));
        var forged = token.Value[..^4] + (token.Value.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");
        Assert.Null(await AccountAsync(gateway, ("Authorization", forged)));
        Assert.Null(await AccountAsync(gateway, ("Cookie", "marathon=" + token.Value["Bearer ".Length..])));
        Assert.Null(await AccountAsync(gateway, ("Authorization", "Bearer " + cookie.Value["marathon=".Length..])));
    }

    [Fact]
    public void Gateway_WithoutASessionKey_DoesNotStart() =>
        Assert.Contains("Access:SessionKey", Assert.Throws<InvalidOperationException>(() => Program.Create(["--Services:Key=k"])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Session_EndsWithItsTime()
    {
        await using var brief = await house.StartAsync("Access:TokenLifetime=00:00:02", "Access:CookieLifetime=00:00:02");
        var (token, cookie) = (await brief.TokenAsync("organiser"), await brief.CookieAsync("organiser"));

        var deadline = DateTime.UtcNow.AddSeconds(20);
        while ((await AccountAsync(brief, token) ?? await AccountAsync(brief, cookie)) is not null && DateTime.UtcNow < deadline) await Task.Delay(50);

        Assert.Equal((null, null), (await AccountAsync(brief, token), await AccountAsync(brief, cookie)));
    }

    [Fact]
    public async Task LogOut_EndsTheSession_AndNoOther()
    {
        var (token, cookie, other) = (await gateway.TokenAsync("organiser"), await gateway.CookieAsync("organiser"), await gateway.TokenAsync("organiser"));

        using var program = await gateway.SendAsync("POST", "/logout", null, token);
        using var browser = await gateway.SendAsync("POST", "/logout", null, cookie, ("Sec-Fetch-Site", "same-origin"));

        Assert.Equal((204, 204), ((int)program.StatusCode, (int)browser.StatusCode));
        Assert.Matches("^marathon=; expires=Thu, 01 Jan 1970", browser.Headers.GetValues("Set-Cookie").Single());
        Assert.Equal((null, null, "organiser"), (await AccountAsync(gateway, token), await AccountAsync(gateway, cookie), await AccountAsync(gateway, other)));
    }

    [Fact]
    public async Task Account_WhenItsFileChanges_IsAnotherAtOnce()
    {
        var file = Path.Combine(Path.GetTempPath(), $"marathon-accounts-{Guid.NewGuid():N}");
        try
        {
            string hash = GatewayHost.HashOf(Password), newHash = GatewayHost.HashOf("another good password");
            await File.WriteAllTextAsync(file, $"# who is here today\nkim:auditor:{hash}\nnot an account\npark:king:{hash}\nlee:crew:{hash}\n");
            await using var gateway = await house.StartAsync("Access:AccountsFile=" + file);
            var (kim, lee) = (await gateway.TokenAsync("kim"), await gateway.TokenAsync("lee"));
            using (var park = await gateway.Client.LogInAsync("park", Password)) await park.AssertProblemAsync(401, "wrong-name-or-password");
            using (var early = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), kim)) await early.AssertProblemAsync(403, "forbidden");

            await File.WriteAllTextAsync(file, $"kim:organiser:{hash}\n");
            using (var now = await gateway.SendAsync("POST", "/races", Calling.Json("{}"), kim)) Assert.Equal(HttpStatusCode.OK, now.StatusCode);
            Assert.Null(await AccountAsync(gateway, lee));

            await File.WriteAllTextAsync(file, $"kim:organiser:{newHash}\n# the old password is out\n");
            Assert.Null(await AccountAsync(gateway, kim));
            Assert.Equal("kim", await AccountAsync(gateway, await gateway.TokenAsync("kim", "another good password")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("ko", "먼저 로그인", "역할")]
    [InlineData("en", "Log in first", "role")]
    public async Task Refusal_IsInTheCallersLanguage(string language, string unknown, string smallRole)
    {
        using var nobody = await gateway.SendAsync("GET", "/payments", null, ("Accept-Language", language));
        using var crew = await gateway.SendAsync("GET", "/payments", null, await gateway.TokenAsync("crew"), ("Accept-Language", language));

        Assert.Contains(unknown, await nobody.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(smallRole, await crew.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("Bearer", nobody.Headers.WwwAuthenticate.ToString());
    }

    private static async Task<string> WithoutTraceAsync(HttpResponseMessage answer) =>
        JsonSerializer.Serialize((await answer.JsonAsync()).EnumerateObject().Where(field => field.Name != "traceId").ToDictionary(field => field.Name, field => field.Value));
}
