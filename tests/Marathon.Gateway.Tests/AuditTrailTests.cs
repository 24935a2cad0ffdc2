using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;
using static Marathon.Gateway.Tests.Calling;

namespace Marathon.Gateway.Tests;

/// <summary>Who did what, in all services; and what services are told for it.</summary>
public sealed class AuditTrailTests : IAsyncLifetime
{
    private static readonly Guid Registration = new("0199d2a4-0000-7000-8000-000000000001");

    private Backend backend = null!;

    public async Task InitializeAsync() => backend = await Backend.StartAsync();

    public async Task DisposeAsync() => await backend.DisposeAsync();

    [Fact]
    public async Task Audit_GathersWhatTheServicesKeep()
    {
        backend.Answer = context => context.Response.WriteAsJsonAsync(new { total = 1, items = new[] { new { id = 7, at = DateTimeOffset.UnixEpoch, actor = "kim" } } });
        await using var gateway = await StartAsync();

        using var answer = await gateway.SendAsync("GET", $"/audit?aggregateId={Registration}&actor=kim", null, await gateway.TokenAsync("auditor"));

        var list = await answer.JsonAsync();
        Assert.Equal(["registration-7", "payment-7"], list.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()));
        Assert.Equal(["fulfilment", "notification", "dashboard"], list.GetProperty("unavailable").EnumerateArray().Select(name => name.GetString()));
        Assert.All(backend.Requests, asked => Assert.Equal($"GET /audit?size=50&aggregateId={Registration}&actor=kim", asked.Call));
    }

    [Fact]
    public async Task Services_AreToldTheNetwork_AndNothingThatAVisitorSays()
    {
        await using var gateway = await StartAsync("TrustedProxies=127.0.0.1");
        (string, string)[] headers =
        [
            ("X-Forwarded-For", "203.0.113.77"), (CallerHeaders.Network, "10.0.0.0/24"), (CallerHeaders.Account, "kim"), (CallerHeaders.Role, "organiser"),
        ];

        using var answer = await gateway.SendAsync("POST", "/registrations", Json("{}"), headers);

        var asked = Assert.Single(backend.Requests);
        Assert.Equal("203.0.113.0/24", asked.Headers[CallerHeaders.Network]);
        Assert.False(asked.Headers.ContainsKey(CallerHeaders.Account));
        Assert.DoesNotContain(asked.Headers, header => header.Value.Contains("203.0.113.77", StringComparison.Ordinal) && header.Key != "X-Forwarded-For");
    }

    [Theory]
    [InlineData("203.0.113.77", "203.0.113.0/24")]
    [InlineData("::ffff:203.0.113.77", "203.0.113.0/24")]
    [InlineData("2001:db8:1234:5678::1", "2001:db8:1234::/48")]
    public void Network_IsCoarse(string address, string expected) => Assert.Equal(expected, Edge.Networks.Coarse(System.Net.IPAddress.Parse(address)));

    private Task<GatewayHost> StartAsync(params string[] settings) =>
        GatewayHost.StartAsync(settings, ("registration", backend.Address), ("payment", backend.Address));
}
