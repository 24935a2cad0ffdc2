using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Marathon.Fuzz.Tests;

/// <summary>Each kind of wrong answer, given by a server made for it, is found.</summary>
public sealed class VerdictTests
{
    private const string Problem = "application/problem+json";

    public static TheoryData<string, int, string, string> Wrong => new()
    {
        { "500 internal", 500, Problem, """{"code":"internal"}""" },
        { "502", 502, "text/html", "<html>" },
        { "503 unavailable", 503, Problem, """{"code":"unavailable"}""" },
        { "503 overloaded", 503, Problem, """{"code":"overloaded","detail":"and no Retry-After"}""" },
        { "400 is no problem", 400, "text/plain", "Bad request" },
        { "400 is no problem", 400, Problem, """{"title":"Bad request"}""" },
        { "404 is no problem", 404, "", "" },
        { "422 tells a personal value", 422, Problem, """{"code":"invalid","detail":"Plantername 5 is too long"}""" },
        { "422 tells a personal value", 422, Problem, """{"code":"invalid","detail":"010-7700-0005 is no phone number"}""" },
        { "400 tells of the inside", 400, Problem, """{"code":"malformed","detail":"System.FormatException: x"}""" },
        { "409 tells of the inside", 409, Problem, """{"code":"conflict","detail":"duplicate key value violates unique constraint"}""" },
        { "400 tells of the inside", 400, Problem, "{\"code\":\"malformed\",\"detail\":\"\n   at A.B()\"}" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Answer_WhenItIsWrong_IsFound(string verdict, int status, string contentType, string body) => Assert.StartsWith(verdict, await VerdictOnAsync(async context =>
    {
        context.Response.StatusCode = status;
        if (contentType.Length > 0) context.Response.ContentType = contentType;
        await context.Response.WriteAsync(body);
    }), StringComparison.Ordinal);

    [Fact]
    public async Task Answer_WhenThereIsNone_IsFound()
    {
        Assert.StartsWith("hangs", await VerdictOnAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted)), StringComparison.Ordinal);
        Assert.Equal("no answer", await VerdictOnAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        }));
        Assert.Equal("half an answer", Verdict.Of(Request(), new RawAnswer(200, "HTTP/1.1 200 OK", "half", IsWhole: false, TimeSpan.Zero)));
        Assert.Equal("a header of the request's making", await VerdictOnAsync(context =>
        {
            context.Response.Headers["X-Injected"] = "yes";
            return Task.CompletedTask;
        }));
    }

    [Fact]
    public async Task Answer_WhenItIsRight_IsNot()
    {
        Assert.Null(await VerdictOnAsync(context => context.Response.WriteAsync("""{"name":"Plantername 5"}""")));
        Assert.Null(await VerdictOnAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.ContentType = Problem;
            context.Response.Headers.RetryAfter = "2";
            return context.Response.WriteAsync("""{"code":"overloaded"}""");
        }));
    }

    [Fact]
    public async Task HalfOpenConnections_WhenTheyAreKeptOrShutOthersOut_AreFound()
    {
        await using var server = await StartAsync(context => Task.Delay(TimeSpan.FromSeconds(2.5), context.RequestAborted));
        var held = await HalfOpen.HoldAsync(new Uri(server.Urls.Single()), 12, [async () => Verdict.Of(Request(), await AskAsync(server))], TimeSpan.FromSeconds(3));
        Assert.Contains(held.Violations, violation => violation.Contains("are still open", StringComparison.Ordinal));
        Assert.Contains(held.Violations, violation => violation.Contains("answered after", StringComparison.Ordinal));
    }

    [Fact]
    public void Registrations_WhenOtherOnesAreStoredThanToldOf_AreFound()
    {
        Assert.Equal(["M-2 is stored, and nobody was told of it", "M-3 was told of, and is not stored"], Aftermath.Untold(["M-1", "M-2"], ["M-1", "M-3"]));
        Assert.Empty(Aftermath.Untold(["M-1"], ["M-1"]));
    }

    private static RawRequest Request() => new(0) { Headers = { ("Host", "localhost"), ("Connection", "close") } };

    private static async Task<string?> VerdictOnAsync(RequestDelegate answer)
    {
        await using var server = await StartAsync(answer);
        return Verdict.Of(Request(), await AskAsync(server));
    }

    private static Task<RawAnswer> AskAsync(WebApplication server) => Wire.AskAsync(new Uri(server.Urls.Single()), Request(), Verdict.Deadline + TimeSpan.FromSeconds(1));

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync();
        return server;
    }
}
