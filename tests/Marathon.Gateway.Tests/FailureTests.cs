using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task Body_WhenLongerThanAllowed_IsTooLarge()
    {
        await using var registration = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));

        var answer = await gateway.SendRawAsync("POST /registrations HTTP/1.1\r\nHost: marathon\r\nContent-Type: application/json\r\n" +
            $"Content-Length: {RequestLimits.BodyBytes + 1}\r\n\r\n{{");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-large\"", answer, StringComparison.Ordinal);
        Assert.Empty(registration.Requests);
    }

    [Fact]
    public async Task Body_WhenItGrowsTooLarge_IsTooLarge()
    {
        await using var registration = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));
        var body = new string(' ', (int)RequestLimits.BodyBytes + 1);

        var answer = await gateway.SendRawAsync("POST /registrations HTTP/1.1\r\nHost: marathon\r\nContent-Type: application/json\r\n" +
            $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-large\"", answer, StringComparison.Ordinal);
        Assert.Empty(registration.Requests);
    }

    [Fact]
    public async Task Body_WhenJustSmallEnough_Passes()
    {
        await using var registration = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));
        var body = new string(' ', (int)RequestLimits.BodyBytes);

        using var answer = await gateway.SendAsync("POST", "/registrations", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(body.Length, Assert.Single(registration.Requests).Body.Length);
    }

    [Theory]
    [InlineData("POST", "/registrations", "text/plain", 415)]
    [InlineData("POST", "/registrations", "application/json; charset=euc-kr", 415)]
    [InlineData("PATCH", "/registrations/cancel/M-7K3F-9QX2", "application/x-www-form-urlencoded", 415)]
    [InlineData("POST", "/registrations", null, 415)]
    [InlineData("POST", "/registrations", "application/json", 200)]
    [InlineData("POST", "/registrations", "Application/JSON; charset=\"UTF-8\"", 200)]
    public async Task Body_WhenNotJson_IsUnsupported(string method, string path, string? contentType, int expected)
    {
        await using var registration = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        using var answer = await gateway.SendAsync(method, path, content);

        if (expected == 200) Assert.True(answer.IsSuccessStatusCode);
        else await answer.AssertProblemAsync(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Body_WhenThereIsNone_NeedsNoType()
    {
        await using var registration = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));

        using var answer = await gateway.SendAsync("POST", "/registrations/M-7K3F-9QX2/cancel");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("ko-KR,ko;q=0.9,en;q=0.8", "ko", "잠시 후")]
    [InlineData("en-GB, ko;q=0.5", "en", "in a moment")]
    [InlineData(null, "ko", "잠시 후")]
    public async Task Service_WhenDown_IsUnavailableInTheCallersLanguage(string? acceptLanguage, string language, string contains)
    {
        using var away = new EmptyPlace();
        await using var gateway = await GatewayHost.StartAsync(("registration", away.Address));

        using var answer = acceptLanguage is null
            ? await gateway.SendAsync("GET", "/races")
            : await gateway.SendAsync("GET", "/races", null, ("Accept-Language", acceptLanguage));

        await answer.AssertProblemAsync(502, "unavailable");
        Assert.Equal("2", answer.Headers.RetryAfter?.ToString());
        Assert.Equal([language], answer.Content.Headers.ContentLanguage);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Contains(contains, body, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
    }

    [Fact]
    public async Task Service_WhenUnknown_IsUnavailable()
    {
        await using var gateway = await GatewayHost.StartAsync();

        using var answer = await gateway.SendAsync("GET", "/races");

        await answer.AssertProblemAsync(503, "unavailable");
    }

    [Fact]
    public async Task Service_WhenItHangsUp_IsUnavailable()
    {
        await using var registration = await Backend.StartAsync();
        registration.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));

        using var answer = await gateway.SendAsync("POST", "/registrations", new StringContent("{}", Encoding.UTF8, "application/json"));

        await answer.AssertProblemAsync(502, "unavailable");
        Assert.Single(registration.Requests);
    }

    [Fact]
    public async Task Service_WhenItDoesNotAnswer_TimesOut()
    {
        await using var registration = await Backend.StartAsync();
        registration.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var gateway = await GatewayHost.StartAsync(("registration", registration.Address));

        using var answer = await gateway.SendAsync("POST", "/registrations", new StringContent("{}", Encoding.UTF8, "application/json"));

        await answer.AssertProblemAsync(504, "timeout");
    }

    /// <summary>A page that needs two answers, one after the other, of a service that is slow and then silent.</summary>
    [Theory]
    [InlineData("text/html", "text/html", "We cannot be reached for a moment")]
    [InlineData("application/json", "application/problem+json", "\"code\":\"timeout\"")]
    public async Task GatewaysOwnAnswer_WhenItIsLate_IsGivenUp(string accept, string contentType, string told)
    {
        await using var service = await Backend.StartAsync();
        service.Answer = async context =>
        {
            if (context.Request.Path.StartsWithSegments("/races")) await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await Task.Delay(TimeSpan.FromSeconds(1.5), context.RequestAborted);
            await context.Response.WriteAsJsonAsync(new { procurementId = Guid.Empty, raceId = Guid.Empty });
        };
        await using var gateway = await GatewayHost.StartAsync(("registration", service.Address), ("fulfilment", service.Address));
        var cookie = await gateway.CookieAsync("auditor");
        var watch = Stopwatch.StartNew();

        using var answer = await gateway.SendAsync("GET", $"/console/orders/{Guid.Empty}", null, cookie, ("Accept", accept), ("Accept-Language", "en"));

        Assert.InRange(watch.Elapsed.TotalSeconds, 4.5, 20);
        Assert.Equal((HttpStatusCode.GatewayTimeout, contentType), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains(told, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("2", answer.Headers.RetryAfter?.ToString());
    }

    /// <summary>The caller is, and not the gateway: it is told so.</summary>
    [Theory]
    [InlineData("/login", "application/json", "408", "\"code\":\"request-timeout\"")]
    [InlineData("/console/login", "application/x-www-form-urlencoded", "408", "\"code\":\"request-timeout\"")]
    public async Task Body_ThatIsSlow_TimesOut_AlsoWhereTheGatewayAnswersItself(string path, string contentType, string status, string told)
    {
        await using var gateway = await GatewayHost.StartAsync();

        var answer = await gateway.SendRawAsync($"POST {path} HTTP/1.1\r\nHost: marathon\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {contentType}\r\nContent-Length: 100\r\n\r\naccount=");

        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
        Assert.Contains(told, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_WhenItGrowsTooLarge_IsTooLarge_AlsoWhereTheGatewayAnswersItself()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var body = new string(' ', (int)RequestLimits.BodyBytes + 1);

        var answer = await gateway.SendRawAsync($"POST /login HTTP/1.1\r\nHost: marathon\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-large\"", answer, StringComparison.Ordinal);
    }

    /// <summary>More fields than ASP.NET Core reads of a form, and a name that is too long for it.</summary>
    [Theory]
    [InlineData("/console/login", 1100, 1)]
    [InlineData("/console/login", 1, 3000)]
    [InlineData("/console/stock", 1100, 1)]
    [InlineData("/console/stock", 1, 3000)]
    public async Task Form_ThatCannotBeRead_IsMalformed_ToPeopleAndPrograms(string path, int fields, int length)
    {
        await using var gateway = await GatewayHost.StartAsync();
        var cookie = await gateway.CookieAsync("organiser");
        Task<HttpResponseMessage> SendAsync(string accept) => gateway.SendAsync("POST", path,
            new StringContent(string.Join('&', Enumerable.Repeat($"{new string('a', length)}=1", fields)), Encoding.UTF8, "application/x-www-form-urlencoded"),
            cookie, ("Sec-Fetch-Site", "same-origin"), ("Accept", accept), ("Accept-Language", "en"));

        using var program = await SendAsync("*/*");
        using var reader = await SendAsync("text/html");

        await program.AssertProblemAsync(400, "malformed");
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (reader.StatusCode, reader.Content.Headers.ContentType?.MediaType));
        Assert.Contains("What was sent could not be read", await reader.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replica_WhenOneIsDown_TheOtherAnswersEverything()
    {
        using var away = new EmptyPlace();
        await using var alive = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", away.Address), ("registration", alive.Address));

        for (var call = 0; call < 20; call++)
        {
            using var answer = await gateway.SendAsync("POST", "/registrations", new StringContent("{\"name\":\"kim\"}", Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(20, alive.Requests.Count);
        Assert.All(alive.Requests, asked => Assert.Equal("{\"name\":\"kim\"}", asked.Body));
    }

    [Fact]
    public async Task Replica_WhenItComesBack_IsAskedAgain()
    {
        using var away = new EmptyPlace();
        await using var alive = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("registration", away.Address), ("registration", alive.Address));
        for (var call = 0; call < 20; call++) (await gateway.SendAsync("GET", "/races")).Dispose();

        await using var returned = await Backend.StartAsync(away);

        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (returned.Requests.IsEmpty && DateTime.UtcNow < deadline)
        {
            (await gateway.SendAsync("GET", "/races")).Dispose();
            await Task.Delay(50);
        }
        Assert.NotEmpty(returned.Requests);
    }
}
