using System.Text;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

public sealed class RoutingTests : IClassFixture<RoutingTests.TwoServices>
{
    private readonly Backend registration, dashboard;
    private readonly GatewayHost gateway;

    public RoutingTests(TwoServices services)
    {
        (registration, dashboard, gateway) = (services.Registration, services.Dashboard, services.Gateway);
        registration.Requests.Clear();
        dashboard.Requests.Clear();
        registration.Answer = Backend.Empty;
    }

    public sealed class TwoServices : IAsyncLifetime
    {
        internal Backend Registration { get; private set; } = null!;

        internal Backend Dashboard { get; private set; } = null!;

        internal GatewayHost Gateway { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            (Registration, Dashboard) = (await Backend.StartAsync(), await Backend.StartAsync());
            Gateway = await GatewayHost.StartAsync(("registration", Registration.Address), ("dashboard", Dashboard.Address));
        }

        public async Task DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Registration.DisposeAsync();
            await Dashboard.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("GET", "/races", "/races")]
    [InlineData("GET", "/races?page=2&size=10", "/races?page=2&size=10")]
    [InlineData("GET", "/races/0199d2a4-0000-7000-8000-000000000001", "/races/0199d2a4-0000-7000-8000-000000000001")]
    [InlineData("POST", "/registrations", "/registrations")]
    [InlineData("POST", "/registrations/register", "/registrations/register")]
    [InlineData("GET", "/registrations/M-7K3F-9QX2", "/registrations/M-7K3F-9QX2")]
    [InlineData("PATCH", "/registrations/M-7K3F-9QX2", "/registrations/M-7K3F-9QX2")]
    [InlineData("POST", "/registrations/M-7K3F-9QX2/cancel", "/registrations/M-7K3F-9QX2/cancel")]
    [InlineData("PATCH", "/registrations/cancel/M-7K3F-9QX2", "/registrations/cancel/M-7K3F-9QX2")]
    [InlineData("GET", "/openapi/registration.json", "/openapi/v1.json")]
    public async Task Route_WhenPublic_ReachesRegistration(string method, string path, string expected)
    {
        using var answer = await gateway.SendAsync(method, path, method == "GET" ? null : Json("{}"));

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal($"{method} {expected}", Assert.Single(registration.Requests).Call);
        Assert.Empty(dashboard.Requests);
    }

    [Fact]
    public async Task Route_WhenMyPage_ReachesDashboard()
    {
        using var answer = await gateway.SendAsync("GET", "/mypage/M-7K3F-9QX2", null, ("Authorization", "Bearer abc"));

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("Bearer abc", Assert.Single(dashboard.Requests).Headers["Authorization"]);
        Assert.Empty(registration.Requests);
    }

    [Theory]
    [InlineData("POST", "/charges")]
    [InlineData("GET", "/charges/0199d2a4-0000-7000-8000-000000000001")]
    [InlineData("POST", "/registrations/../charges")]
    [InlineData("POST", "/registrations/%2e%2e/charges")]
    [InlineData("GET", "/registration/health")]
    [InlineData("GET", "/races/1/alive")]
    [InlineData("GET", "/openapi/gateway.json")]
    [InlineData("GET", "/openapi/v1.json")]
    public async Task Route_WhenNotPublic_IsNotFoundAndGoesNowhere(string method, string path)
    {
        var answer = await gateway.SendRawAsync($"{method} {path} HTTP/1.1\r\nHost: marathon\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        Assert.Empty(registration.Requests);
        Assert.Empty(dashboard.Requests);
    }

    [Theory]
    [InlineData("DELETE", "/races", "GET, POST")]
    [InlineData("HEAD", "/races", "GET, POST")]
    [InlineData("PUT", "/registrations", "GET, POST")]
    [InlineData("PUT", "/registrations/M-7K3F-9QX2", "GET, PATCH")]
    [InlineData("GET", "/registrations/M-7K3F-9QX2/cancel", "POST")]
    public async Task Route_WhenMethodIsWrong_IsNotAllowedAndNamesTheRightOne(string method, string path, string allowed)
    {
        using var answer = await gateway.SendAsync(method, path);

        Assert.Equal(405, (int)answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow.Order()));
        if (method != "HEAD") await answer.AssertProblemAsync(405, "method-not-allowed");
        Assert.Empty(registration.Requests);
    }

    [Fact]
    public async Task Headers_WhenSentByAnOutsider_OnlyPublicOnesArrive()
    {
        using var answer = await gateway.SendAsync("POST", "/registrations", Json("{\"name\":\"김\"}"),
            (ServiceCredential.Header, "guessed"), (CallerHeaders.Account, "organiser"), (CallerHeaders.Role, "organiser"), ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Host", "evil"),
            ("X-Forwarded-Prefix", "/evil"), ("Forwarded", "for=6.6.6.6"), ("X-Real-IP", "6.6.6.6"), ("X-Original-URL", "/charges"),
            ("X-HTTP-Method-Override", "DELETE"), ("Cookie", "a=b"),
            ("Idempotency-Key", "k1"), ("Accept-Language", "ko"), ("Authorization", "Bearer abc"));

        var asked = Assert.Single(registration.Requests);
        Assert.Equal(
            ["Accept-Language", "Authorization", "Content-Length", "Content-Type", "Host", "Idempotency-Key", "traceparent",
                "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", CallerHeaders.Network, ServiceCredential.Header],
            asked.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal(GatewayHost.Key, asked.Headers[ServiceCredential.Header]);
        Assert.Equal("127.0.0.1", asked.Headers["X-Forwarded-For"]);
        Assert.Equal(gateway.Client.BaseAddress!.Authority, asked.Headers["X-Forwarded-Host"]);
        Assert.Equal("k1", asked.Headers["Idempotency-Key"]);
        Assert.Equal("{\"name\":\"김\"}", asked.Body);
    }

    [Fact]
    public async Task Report_OfAProviderOfMessages_ArrivesWithItsSecret_HoweverManyMessagesItIsOf()
    {
        await using var notification = await Backend.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(("notification", notification.Address));
        var reports = $"[{new string(' ', (int)RequestLimits.ReportBytes - 2)}]";

        using var answer = await gateway.SendAsync("POST", "/providers/solapi/reports", Json(reports), ("X-Solapi-Secret", "hashed"));

        Assert.True(answer.IsSuccessStatusCode);
        var asked = Assert.Single(notification.Requests);
        Assert.Equal(("hashed", reports.Length), (asked.Headers["X-Solapi-Secret"], asked.Body.Length));
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("APPLICATION/JSON;charset=UTF-8")]
    public async Task ContentType_WhenItIsJsonInOtherWords_ArrivesInOurs(string contentType)
    {
        using var body = new ByteArrayContent([.. "{}"u8]);
        body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var answer = await gateway.SendAsync("POST", "/registrations", body);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("application/json", Assert.Single(registration.Requests).Headers["Content-Type"]);
    }

    [Fact]
    public async Task ContentType_WhenItIsNotJson_IsRefusedByTheGatewayItselfToo()
    {
        using var body = new ByteArrayContent([.. "{}"u8]);
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=nonsense");
        using var answer = await gateway.SendAsync("POST", "/login", body);

        await answer.AssertProblemAsync(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Trace_WhenTheCallerHasOne_IsContinued()
    {
        using var answer = await gateway.SendAsync("GET", "/races", null, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        var passedOn = Assert.Single(registration.Requests).Headers["traceparent"];
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", passedOn, StringComparison.Ordinal);
        Assert.DoesNotContain("b7ad6b7169203331", passedOn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_OfAService_PassesUnchangedAndTellsNothingOfTheServer()
    {
        registration.Answer = context =>
        {
            context.Response.StatusCode = 409;
            context.Response.Headers.Server = "secret/1.0";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.RetryAfter = "7";
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteAsync("""{"status":409,"code":"race-full"}""");
        };

        using var answer = await gateway.SendAsync("POST", "/registrations", Json("{}"));

        await answer.AssertProblemAsync(409, "race-full");
        Assert.Equal("7", answer.Headers.RetryAfter?.ToString());
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/docs/index.html", "swagger-ui")]
    [InlineData("/docs/index.js", "/openapi/dashboard.json")]
    [InlineData("/health", "Healthy")]
    [InlineData("/alive", "Healthy")]
    public async Task OwnPage_IsAnsweredByTheGatewayItself(string path, string contains)
    {
        Assert.Contains(contains, await gateway.Client.GetStringAsync(path), StringComparison.Ordinal);
        Assert.Empty(registration.Requests);
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
