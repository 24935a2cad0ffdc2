using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>What registering does while Payment does not.</summary>
public sealed class ResilienceTests(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task Payment_WhenItStopsAnswering_IsSparedAndEverybodyKeepsTheirPlace()
    {
        await using var service = await StartAsync(servers, capacity: 1000);
        await ComeAsync(service);
        var asked = 0;
        service.Answers = _ =>
        {
            Interlocked.Increment(ref asked);
            return null;
        };

        var crowd = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ComeAsync(service)));

        Assert.All(crowd, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        // Now and then the circuit lets one through, and is half open until that has failed.
        await Eventually.GetAsync(async () =>
        {
            var circuits = (await HealthAsync(service))["checks"]!["circuits"]!;
            Assert.Equal(("Degraded", "Open"), ((string?)circuits["status"], (string?)circuits["data"]!["payment"]));
            return true;
        });

        // While it is open, more are told at once, and Payment is asked for few of them.
        var (calls, more) = (Volatile.Read(ref asked), await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ComeAsync(service))));
        Assert.All(more, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        Assert.InRange(Volatile.Read(ref asked) - calls, 0, more.Length - 1);

        service.Answers = _ => "COMPLETED";
        foreach (var (_, body) in crowd.Concat(more))
            await Eventually.TrueAsync(async () => (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", (string)body["accessKey"]!)).Body["status"] == "REGISTERED",
                TimeSpan.FromSeconds(60));
        await Eventually.TrueAsync(async () => (string?)(await HealthAsync(service))["checks"]!["circuits"]!["data"]!["payment"] == "Closed");
        Assert.All(crowd.Concat(more), answer => Assert.Equal("COMPLETED", service.Outcomes[(Guid)answer.Body["registerId"]!]));
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Payment_WhenItsAnswerBeginsAndDoesNotGoOn_IsWaitedForNoLongerThanForAnother()
    {
        await using var service = await StartAsync(servers, capacity: 10);
        (service.Answers, service.Begins) = (_ => null, true);

        // Far less than the hundred seconds that a client of HTTP has, and far more than a slow machine needs.
        var answer = await ComeAsync(service).WaitAsync(TimeSpan.FromSeconds(40));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        await service.AssertBooksBalanceAsync();
    }

    /// <summary>Registers; comes again when told that too many wait, as a slow machine says when the code is still cold.</summary>
    private static Task<(HttpStatusCode Status, JsonNode Body)> ComeAsync(RegistrationService service) => Eventually.GetAsync(async () =>
    {
        var answer = await RegisterAsync(service.Client);
        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, answer.Status);
        return answer;
    }, TimeSpan.FromSeconds(60));

    private static async Task<JsonNode> HealthAsync(RegistrationService service) => (await service.Client.GetFromJsonAsync<JsonNode>("/health"))!;
}
