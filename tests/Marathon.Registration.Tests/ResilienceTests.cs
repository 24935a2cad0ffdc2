using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>What registering does while Payment does not.</summary>
[Collection(nameof(Servers))]
public sealed class ResilienceTests(Servers servers)
{
    [Fact]
    public async Task Payment_WhenItStopsAnswering_IsSparedAndEverybodyKeepsTheirPlace()
    {
        await using var service = await StartAsync(servers, capacity: 100);
        var asked = 0;
        service.Answers = _ =>
        {
            Interlocked.Increment(ref asked);
            return null;
        };

        var crowd = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RegisterAsync(service.Client)));

        Assert.All(crowd, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        var health = await HealthAsync(service);
        Assert.Equal("Degraded", (string?)health["checks"]!["circuits"]!["status"]);
        Assert.Equal("Open", (string?)health["checks"]!["circuits"]!["data"]!["payment"]);

        // While it is open, one more is told at once, and Payment is not asked. The circuit may just have let one through to try, so a few go.
        var (calls, more) = (Volatile.Read(ref asked), await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RegisterAsync(service.Client))));
        Assert.All(more, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        Assert.InRange(Volatile.Read(ref asked) - calls, 0, 3);

        service.Answers = _ => "COMPLETED";
        foreach (var (_, body) in crowd.Concat(more))
            await Eventually.TrueAsync(async () => (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", (string)body["accessKey"]!)).Body["status"] == "REGISTERED",
                TimeSpan.FromSeconds(60));
        await Eventually.TrueAsync(async () => (string?)(await HealthAsync(service))["checks"]!["circuits"]!["data"]!["payment"] == "Closed");
        Assert.Equal(40, service.Outcomes.Count);
        await service.AssertBooksBalanceAsync();
    }

    private static async Task<JsonNode> HealthAsync(RegistrationService service) => (await service.Client.GetFromJsonAsync<JsonNode>("/health"))!;
}
