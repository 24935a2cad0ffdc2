using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Postgres;
using Marathon.Testing;
using Npgsql;
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
        service.Answers = _ => null;

        var crowd = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ComeAsync(service)));
        await Eventually.GetAsync(async () =>
        {
            var circuits = (await HealthAsync(service))["checks"]!["circuits"]!;
            Assert.Equal(("Degraded", "Open"), ((string?)circuits["status"], (string?)circuits["data"]!["payment"]));
            return true;
        });

        // While it is open, more are told at once, and Payment has not been asked for all of them. (It will be, a second later, in the background.)
        await Eventually.TrueAsync(async () =>
        {
            var more = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ComeAsync(service)));
            var asked = service.Asked.ToHashSet();
            crowd = [.. crowd, .. more];
            return more.Any(answer => !asked.Contains((Guid)answer.Body["registerId"]!));
        });
        Assert.All(crowd, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));

        service.Answers = _ => "COMPLETED";
        foreach (var (_, body) in crowd)
            await Eventually.TrueAsync(async () => (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", (string)body["accessKey"]!)).Body["status"] == "REGISTERED",
                TimeSpan.FromSeconds(60));
        await Eventually.TrueAsync(async () => (await ComeAsync(service)).Status == HttpStatusCode.Created && (string?)(await HealthAsync(service))["checks"]!["circuits"]!["data"]!["payment"] == "Closed");
        Assert.All(crowd, answer => Assert.Equal("COMPLETED", service.Outcomes[(Guid)answer.Body["registerId"]!]));
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Payment_WhenItTakesLongerThanARunnerWaits_IsWaitedForInTheBackground_AndNobodyLosesTheirPlace()
    {
        await using var service = await StartAsync(servers, capacity: 1000);
        await ComeAsync(service);
        service.Takes = TimeSpan.FromSeconds(1.2);

        var crowd = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => ComeAsync(service)));

        Assert.All(crowd, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        foreach (var (_, body) in crowd)
            await Eventually.TrueAsync(async () =>
            {
                // More come all the time, so that the circuit at the door has no reason to close.
                Assert.Equal(HttpStatusCode.Accepted, (await ComeAsync(service)).Status);
                return (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", (string)body["accessKey"]!)).Body["status"] == "REGISTERED";
            });
        var circuits = (await HealthAsync(service))["checks"]!["circuits"]!["data"]!;
        Assert.NotEqual("Closed", (string?)circuits["payment"]);
        Assert.Equal("Closed", (string?)circuits["payment-background"]);
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

    [Fact]
    public async Task Division_WhenAMachineThatHasItLockedIsFrozen_IsLetGo()
    {
        await using var service = await StartAsync(servers, capacity: 1000);
        await using var frozen = await service.Own.OpenConnectionAsync();
        await using (var locking = new NpgsqlCommand($"BEGIN; SELECT FROM divisions WHERE id = '{DivisionId}' FOR UPDATE", frozen)) await locking.ExecuteNonQueryAsync();
        var began = Stopwatch.StartNew();

        await Eventually.TrueAsync(async () => (await RegisterAsync(service.Client)).Status == HttpStatusCode.Created);

        Assert.InRange(began.Elapsed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(45));
        await using var goingOn = new NpgsqlCommand("SELECT 1", frozen);
        Assert.True(DatabaseFaults.WillPass(await Assert.ThrowsAnyAsync<Exception>(() => goingOn.ExecuteScalarAsync())));
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
