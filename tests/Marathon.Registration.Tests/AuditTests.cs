using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>Who did what is written with what they did, and nothing else is.</summary>
public sealed class AuditTests(Servers servers) : IClassFixture<Servers>
{
    private const string Network = "203.0.113.0/24";

    [Fact]
    public async Task Audit_NamesTheRunner_OfAChangeAndACancellation()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        var (_, registration) = await FromOutsideAsync(service, HttpMethod.Post, "/registrations", Runner());
        var (path, key, id) = ($"/registrations/{registration["number"]}", (string)registration["accessKey"]!, (string)registration["registerId"]!);
        Assert.Equal(HttpStatusCode.OK, (await FromOutsideAsync(service, HttpMethod.Patch, path, new { topSize = "105" }, key)).Status);
        // Twice is once.
        for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await FromOutsideAsync(service, HttpMethod.Post, path + "/cancel", null, key)).Status);

        var audit = await AuditAsync(service, "?aggregateId=" + id);

        Assert.Equal(["marathon.registrations.registration-cancelled.v1", "marathon.registrations.registration-changed.v1"], audit.Select(entry => (string)entry["action"]!));
        Assert.All(audit, entry => Assert.Equal(("runner", "runner", Network, id), ((string?)entry["actor"], (string?)entry["role"], (string?)entry["network"], (string?)entry["aggregateId"])));
        Assert.Equal([3, 2], audit.Select(entry => (int)entry["version"]!));
    }

    [Fact]
    public async Task Audit_NamesTheAccount_OfAnOrganisersCommand()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        Assert.Equal(HttpStatusCode.OK, (await FromOutsideAsync(service, HttpMethod.Post, $"/races/{RaceId}/suspend", null, account: "kim")).Status);
        // Again: nothing is done.
        Assert.Equal(HttpStatusCode.OK, (await FromOutsideAsync(service, HttpMethod.Post, $"/races/{RaceId}/suspend", null, account: "kim")).Status);

        var entry = Assert.Single(await AuditAsync(service, "?actor=kim"));

        Assert.Equal(("kim", "organiser", "marathon.races.race-suspended.v1", RaceId.ToString()),
            ((string?)entry["actor"], (string?)entry["role"], (string?)entry["action"], (string?)entry["aggregateId"]));
        Assert.Empty(await AuditAsync(service, "?actor=lee"));
    }

    [Fact]
    public async Task Audit_HasNothing_OfRegisteringNorOfWhatTheServiceDoesByItself()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        // The very first request, in whose context much is made that stays.
        await FromOutsideAsync(service, HttpMethod.Post, "/registrations", Runner());
        service.Answers = _ => "DECLINED";
        await FromOutsideAsync(service, HttpMethod.Post, "/registrations", Runner("HJK2"));

        Assert.Equal(2, await service.CountAsync("SELECT count(*) FROM outbox WHERE stream = 'registrations'"));
        Assert.Empty(await AuditAsync(service));
    }

    [Fact]
    public async Task Audit_WithoutTheGatewaysWord_HasNobody()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);

        Assert.Equal(HttpStatusCode.OK, (await CallAsync(service.Client, HttpMethod.Post, $"/races/{RaceId}/suspend")).Status);

        Assert.Empty(await AuditAsync(service));
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> FromOutsideAsync(
        RegistrationService service, HttpMethod method, string path, object? body, string? accessKey = null, string? account = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body), Headers = { { CallerHeaders.Network, Network } } };
        if (accessKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessKey);
        if (account is not null)
        {
            request.Headers.Add(CallerHeaders.Account, account);
            request.Headers.Add(CallerHeaders.Role, "organiser");
        }
        using var response = await service.Client.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    private static async Task<IReadOnlyList<JsonNode>> AuditAsync(RegistrationService service, string query = "") =>
        [.. (await service.Client.GetFromJsonAsync<JsonNode>("/audit" + query))!["items"]!.AsArray().Select(entry => entry!)];
}
