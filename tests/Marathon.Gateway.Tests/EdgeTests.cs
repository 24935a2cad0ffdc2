using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using static Marathon.Gateway.Tests.Calling;

namespace Marathon.Gateway.Tests;

/// <summary>What every call meets first: limits, proxies in front, other sites' scripts, headers.</summary>
public sealed class EdgeTests : IAsyncLifetime
{
    private const string Unlimited = "Limits:Unlimited=", MyPage = "/mypage/M-7K3F-9QX2";

    private Backend backend = null!;

    public async Task InitializeAsync() => backend = await Backend.StartAsync();

    public async Task DisposeAsync() => await backend.DisposeAsync();

    [Fact]
    public async Task Limit_OfAnAddress_StopsItAndNobodyElse()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:CallsFromAddress=3", "Limits:CallsFromAddressPerMinute=1");
        using var other = gateway.ClientFrom("127.0.0.2");
        for (var call = 0; call < 3; call++) Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/find")).StatusCode);

        using var refused = await gateway.SendAsync("GET", "/find");

        await refused.AssertProblemAsync(429, "too-many-requests");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await other.SendAsync("GET", "/find")).StatusCode);
    }

    [Fact]
    public async Task Limit_OfAnAddress_ComesBack()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:CallsFromAddress=2", "Limits:CallsFromAddressPerMinute=1200");
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while ((await gateway.SendAsync("GET", "/find")).StatusCode != HttpStatusCode.TooManyRequests) Assert.True(DateTime.UtcNow < deadline, "It was never refused.");
        while ((await gateway.SendAsync("GET", "/find")).StatusCode == HttpStatusCode.TooManyRequests)
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not come back.");
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task Limit_ByDefault_LeavesTheMachineItselfAlone()
    {
        await using var gateway = await StartAsync("Limits:CallsFromAddress=1");

        for (var call = 0; call < 3; call++) Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/find")).StatusCode);
    }

    [Fact]
    public async Task Looks_AtWhatEverybodySees_LeaveRoomToRegister()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:CallsFromAddress=1", "Limits:CallsFromAddressPerMinute=1", "Limits:LooksFromAddress=8", "Limits:LooksFromAddressPerMinute=1");
        string[] looks = ["/races", "/races/01994d2a-0000-7000-8000-000000000001", "/", "/race/01994d2a-0000-7000-8000-000000000001"];
        foreach (var path in looks.Concat(looks)) Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", path)).StatusCode);
        // They have an end, too.
        Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.SendAsync("GET", "/assets/any/site.css")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("POST", "/registrations", Json("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.SendAsync("POST", "/registrations", Json("{}"))).StatusCode);
    }

    [Fact]
    public async Task Limit_OfWrongKeys_StopsGuessing_AndNothingElse()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:CallsFromAddress=100000", "Limits:WrongKeysFromAddress=3", "Limits:WrongKeysFromAddressPerMinute=1");
        backend.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer right" ? 200 : 404;
            return Task.CompletedTask;
        };
        for (var guess = 0; guess < 3; guess++) Assert.Equal(HttpStatusCode.NotFound, (await gateway.SendAsync("GET", MyPage, null, ("Authorization", $"Bearer {guess}"))).StatusCode);

        using var right = await gateway.SendAsync("GET", MyPage, null, ("Authorization", "Bearer right"));

        // Not even the right one: it would tell that the others were wrong. Nor a moment later, when a hundredth of an attempt has come back.
        await right.AssertProblemAsync(429, "too-many-requests");
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); watch.ElapsedMilliseconds < 500;)
            Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.SendAsync("GET", MyPage, null, ("Authorization", "Bearer right"))).StatusCode);
        using var cancelling = await gateway.SendAsync("POST", "/registrations/M-7K3F-9QX2/cancel", Json("{}"));
        await cancelling.AssertProblemAsync(429, "too-many-requests");
        backend.Answer = _ => Task.CompletedTask;
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/races")).StatusCode);
    }

    [Fact]
    public async Task Limit_OfWrongKeys_CountsOneGuessOnce_HoweverOftenItIsMade()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:WrongKeysFromAddress=3", "Limits:WrongKeysFromAddressPerMinute=1");
        backend.Answer = context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        };

        // A page that is not there yet.
        for (var look = 0; look < 10; look++) Assert.Equal(HttpStatusCode.NotFound, (await gateway.SendAsync("GET", MyPage, null, ("Authorization", "Bearer right"))).StatusCode);
        for (var guess = 0; guess < 2; guess++) Assert.Equal(HttpStatusCode.NotFound, (await gateway.SendAsync("GET", MyPage, null, ("Authorization", $"Bearer {guess}"))).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.SendAsync("GET", MyPage, null, ("Authorization", "Bearer right"))).StatusCode);
    }

    [Fact]
    public async Task Limit_OfWrongKeys_LeavesThoseAloneWhoHaveTheRightOne()
    {
        await using var gateway = await StartAsync(Unlimited, "Limits:WrongKeysFromAddress=3", "Limits:WrongKeysFromAddressPerMinute=1");

        for (var call = 0; call < 10; call++) Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", MyPage)).StatusCode);
    }

    [Fact]
    public async Task Limit_OfWrongKeys_IsNotTheCrews_WhoeverGuessesBesideThem()
    {
        const string CheckIn = "/registermasters/M-7K3F-9QX2/check-in";
        await using var gateway = await StartAsync(Unlimited, "Limits:WrongKeysFromAddress=3", "Limits:WrongKeysFromAddressPerMinute=1");
        var crew = await gateway.TokenAsync("crew");
        backend.Answer = context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        };
        for (var guess = 0; guess < 3; guess++) Assert.Equal(HttpStatusCode.NotFound, (await gateway.SendAsync("POST", CheckIn, Json("{}"), ("Authorization", $"Bearer {guess}"))).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.SendAsync("POST", CheckIn, Json("{}"), ("Authorization", "Bearer 4"))).StatusCode);

        for (var mistyped = 0; mistyped < 5; mistyped++) Assert.Equal(HttpStatusCode.NotFound, (await gateway.SendAsync("POST", CheckIn, Json("{}"), crew)).StatusCode);
    }

    [Fact]
    public async Task CheckIn_WithALoginThatHasEnded_AsksToLogIn_AndNotForAKey()
    {
        await using var gateway = await StartAsync();
        var (name, token) = await gateway.TokenAsync("crew");

        foreach (var ended in new[] { (name, token[..^20] + new string('A', 20)), ("Cookie", "marathon=ended") })
        {
            using var answer = await gateway.SendAsync("POST", "/registermasters/M-7K3F-9QX2/check-in", Json("{}"), ended);
            await answer.AssertProblemAsync(401, "unauthorized");
        }
    }

    [Fact]
    public async Task Limit_OfAnAccount_HoldsFromEveryAddress()
    {
        await using var gateway = await StartAsync("Limits:CallsOfAccount=2", "Limits:CallsOfAccountPerMinute=1");
        var (organiser, auditor) = (await gateway.TokenAsync("organiser"), await gateway.TokenAsync("auditor"));
        using var elsewhere = gateway.ClientFrom("127.0.0.2");
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/me", null, organiser)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await elsewhere.SendAsync("GET", "/me", null, organiser)).StatusCode);

        using var refused = await gateway.SendAsync("GET", "/me", null, organiser);

        await refused.AssertProblemAsync(429, "too-many-requests");
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/me", null, auditor)).StatusCode);
    }

    [Theory]
    [InlineData("Connections:Streams=2")]
    [InlineData("Connections:Most=5")]
    public async Task Streams_LeaveRoomForWhoWantsToRegister(string limit)
    {
        const string Events = "/mypage/M-7K3F-9QX2/events";
        using var isOver = new CancellationTokenSource();
        backend.Answer = async context =>
        {
            if (context.Request.Path != Events) return;
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": begins\n\n");
            await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(isOver.Token, context.RequestAborted).Token).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        await using var gateway = await StartAsync(limit);
        using var one = await OpenAsync();
        using var other = await OpenAsync();

        using var third = await OpenAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, other.StatusCode));
        await third.AssertProblemAsync(503, "unavailable");
        Assert.NotNull(third.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("POST", "/registrations", Json("{}"))).StatusCode);

        // Who leaves makes room, also when the service ends it.
        isOver.Cancel();
        var deadline = DateTime.UtcNow.AddSeconds(20);
        HttpStatusCode status;
        do
        {
            await Task.Delay(50);
            using var later = await OpenAsync();
            status = later.StatusCode;
        }
        while (status != HttpStatusCode.OK && DateTime.UtcNow < deadline);
        Assert.Equal(HttpStatusCode.OK, status);

        Task<HttpResponseMessage> OpenAsync() => gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Events), HttpCompletionOption.ResponseHeadersRead);
    }

    [Fact]
    public async Task Connections_BeyondTheMost_AreClosed()
    {
        await using var gateway = await StartAsync("Connections:Most=2", "Connections:Streams=1");
        var address = (gateway.Client.BaseAddress!.Host, gateway.Client.BaseAddress.Port);
        using TcpClient one = new(address.Host, address.Port), other = new(address.Host, address.Port);
        var deadline = DateTime.UtcNow.AddSeconds(20);

        // They are accepted by and by: the last of them is closed at once.
        string last;
        do
        {
            await Task.Delay(50);
            try { last = await gateway.SendRawAsync("GET /alive HTTP/1.1\r\nHost: marathon\r\nConnection: close\r\n\r\n"); }
            catch (IOException) { last = ""; }
        }
        while (last.Length > 0 && DateTime.UtcNow < deadline);

        Assert.Equal("", last);
    }

    [Fact]
    public async Task Forwarded_FromATrustedProxy_TellsVisitorsApart()
    {
        await using var gateway = await StartAsync("TrustedProxies=127.0.0.0/8", "Limits:CallsFromAddress=1", "Limits:CallsFromAddressPerMinute=1");
        Assert.Equal(HttpStatusCode.OK, (await FromAsync("203.0.113.1")).StatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await FromAsync("203.0.113.1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await FromAsync("203.0.113.2")).StatusCode);
        // What a visitor puts in front of the proxy's own entry is the visitor's invention.
        Assert.Equal(HttpStatusCode.TooManyRequests, (await FromAsync("198.51.100.9, 203.0.113.1")).StatusCode);

        Task<HttpResponseMessage> FromAsync(string address) => gateway.SendAsync("GET", "/find", null, ("X-Forwarded-For", address));
    }

    [Theory]
    [InlineData]
    [InlineData("TrustedProxies=10.0.0.0/8")]
    public async Task Forwarded_FromAnybodyElse_IsNotBelieved(params string[] settings)
    {
        await using var gateway = await StartAsync([.. settings, Unlimited, "Limits:CallsFromAddress=1", "Limits:CallsFromAddressPerMinute=1"]);
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync("GET", "/find", null, ("X-Forwarded-For", "203.0.113.1"))).StatusCode);

        using var refused = await gateway.SendAsync("GET", "/find", null, ("X-Forwarded-For", "203.0.113.2"));

        await refused.AssertProblemAsync(429, "too-many-requests");
    }

    [Theory]
    [InlineData("TrustedProxies=somewhere")]
    [InlineData("Limits:Unlimited=10.0.0.0/99")]
    [InlineData("ForwardedHeaders_Enabled=true")]
    [InlineData("Connections:Most=0")]
    [InlineData("Connections:Streams=10001")]
    [InlineData("Connections:Streams=-1")]
    public async Task Setting_ThatCannotBeMeant_IsRefusedAtTheStart(string setting)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayHost.StartAsync([setting]));

        Assert.Contains(setting.Split('=')[0] == "ForwardedHeaders_Enabled" ? "TrustedProxies" : setting.Split('=')[0], refused.Message);
    }

    [Theory]
    [InlineData("https://shop.example", true)]
    [InlineData("https://evil.example", false)]
    public async Task Cors_LetsTheNamedSitesIn(string origin, bool isAllowed)
    {
        await using var gateway = await StartAsync("Cors:Origins=https://shop.example https://other.example");

        using var preflight = await gateway.SendAsync("OPTIONS", "/registrations", null,
            ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,idempotency-key"));
        using var answer = await gateway.SendAsync("GET", "/races", null, ("Origin", origin));

        Assert.Equal(isAllowed ? [origin] : [], Allowed(preflight));
        Assert.Equal(isAllowed ? [origin] : [], Allowed(answer));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Cors_ByDefault_IsClosed()
    {
        await using var gateway = await StartAsync();

        using var answer = await gateway.SendAsync("GET", "/races", null, ("Origin", "https://shop.example"));

        Assert.Empty(Allowed(answer));
    }

    [Theory]
    [InlineData("/races")]
    [InlineData("/nowhere")]
    [InlineData("/me")]
    public async Task Headers_AreWithEveryAnswer(string path)
    {
        await using var gateway = await StartAsync("TrustedProxies=127.0.0.1");

        using var plain = await gateway.SendAsync("GET", path);
        using var secure = await gateway.SendAsync("GET", path, null, ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.1"));

        Assert.Contains("frame-ancestors 'none'", plain.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", plain.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
        Assert.True(secure.Headers.Contains("Strict-Transport-Security"));
    }

    private Task<GatewayHost> StartAsync(params string[] settings) =>
        GatewayHost.StartAsync(settings, ("registration", backend.Address), ("fulfilment", backend.Address), ("dashboard", backend.Address));

    private static IEnumerable<string> Allowed(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values : [];
}
