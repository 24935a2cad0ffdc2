using System.Text.Json;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>What is left of a person, from all services. Nothing is claimed for one that does not answer.</summary>
public sealed class ErasureReportTests : IAsyncLifetime
{
    private const string Path = "/registrations/M-7K3F-9QX2/erasure";
    private static readonly Guid Id = Guid.CreateVersion7();
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, Backend> services = [];
    private GatewayHost gateway = null!;
    private (string Name, string Value) auditor;

    public async Task InitializeAsync()
    {
        foreach (var name in (string[])["registration", "payment", "fulfilment", "notification", "dashboard"])
        {
            services[name] = await Backend.StartAsync();
            services[name].Answer = context => context.Response.WriteAsJsonAsync<object>(
                context.Request.Path == Path ? new { registrationId = Id, number = "M-7K3F-9QX2" } : new { registrationId = Id, erasedAt = Noon, remaining = 0 });
        }
        gateway = await GatewayHost.StartAsync([.. services.Select(service => (service.Key, service.Value.Address))]);
        auditor = await gateway.TokenAsync("auditor");
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        foreach (var service in services.Values) await service.DisposeAsync();
    }

    private async Task<JsonElement> GetAsync()
    {
        using var answer = await gateway.SendAsync("GET", Path, null, auditor);
        Assert.Equal(200, (int)answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    [Fact]
    public async Task Report_WhenNothingIsLeftAnywhere_IsComplete_AndNamesEveryService()
    {
        var report = await GetAsync();

        Assert.True(report.GetProperty("complete").GetBoolean());
        Assert.Equal(services.Keys, report.GetProperty("services").EnumerateArray().Select(service => service.GetProperty("service").GetString()));
        Assert.All(services.Values, service => Assert.Contains(service.Requests, asked => asked.Call == $"GET /erasures/{Id}" && asked.Headers[CallerHeaders.Role] == "auditor"));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Report_WhenSomethingIsLeft_OrAServiceHasNotHeard_IsNotComplete(bool hasHeard, int remaining)
    {
        services["dashboard"].Answer = context => context.Response.WriteAsJsonAsync(new { registrationId = Id, erasedAt = hasHeard ? Noon : (DateTimeOffset?)null, remaining });

        var report = await GetAsync();

        Assert.False(report.GetProperty("complete").GetBoolean());
        Assert.Equal(remaining, report.GetProperty("services")[4].GetProperty("remaining").GetInt32());
    }

    [Fact]
    public async Task Report_WhenAServiceIsDead_ClaimsNothingForIt()
    {
        await services["notification"].DisposeAsync();

        var report = await GetAsync();

        Assert.False(report.GetProperty("complete").GetBoolean());
        Assert.False(report.GetProperty("services")[3].TryGetProperty("remaining", out _));
    }

    [Fact]
    public async Task Report_OfNoRegistration_IsNotFound()
    {
        services["registration"].Answer = context => Problems.NotFound().ExecuteAsync(context);

        using var answer = await gateway.SendAsync("GET", Path, null, auditor);

        await answer.AssertProblemAsync(404, "not-found");
        Assert.Empty(services["dashboard"].Requests);
    }
}
