using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>A person is erased: on request, or because a race is long over.</summary>
public sealed class ErasingTests(Servers servers) : IClassFixture<Servers>
{
    private const string Name = "Kim Planted", PhoneNo = "010-7391-5582", Digits = "01073915582", Address = "17 Nowhere Lane, 성남시";

    private static object Planted(string topSize = "110") => new { raceId = RaceId, name = Name, phoneNo = PhoneNo, address = Address, topSize, bottomSize = "100", amount = 20_000 };

    private static Task<(HttpStatusCode Status, JsonNode Body)> CallAsync(RegistrationService service, JsonNode registration, string command, object? body = null) =>
        RegistrationService.CallAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/{command}", body, (string)registration["accessKey"]!);

    private static Task<IReadOnlyList<string>> ToldAsync(RegistrationService service, JsonNode registration) => service.Database.ToldAsync((Guid)registration["registerId"]!);

    [Fact]
    public async Task Erase_WhenCancelled_LeavesNothingInAnyTable_IsToldOnce_AndCanStillBeReplayed()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1, allowsDuplicates: false);
        var (_, registration) = await RegisterAsync(service.Client, Planted(), idempotencyKey: "of-" + Digits);
        await RegistrationService.CallAsync(service.Client, HttpMethod.Patch, $"/registrations/{registration["number"]}", new { topSize = "105" }, (string)registration["accessKey"]!);
        await CallAsync(service, registration, "cancel");
        Assert.NotEmpty(await service.Database.TablesWithAsync(Name));

        var erased = await CallAsync(service, registration, "erase");
        var again = await CallAsync(service, registration, "erase");

        Assert.Equal((HttpStatusCode.OK, "CANCELLED", ""), (erased.Status, (string?)erased.Body["status"], (string?)erased.Body["name"]));
        Assert.Equal((HttpStatusCode.OK, (string?)erased.Body["erasedAt"]), (again.Status, (string?)again.Body["erasedAt"]));
        Assert.Empty(await service.Database.TablesWithAsync(Name, PhoneNo, Digits, Address, "KIMPLANTED"));
        Assert.Equal(["1 registration-confirmed", "2 registration-changed", "3 registration-cancelled", "4 registration-erased"], await ToldAsync(service, registration));
        foreach (var stored in await service.Database.RowsAsync("SELECT type || ' ' || convert_from(payload, 'UTF8') FROM outbox WHERE stream = 'registrations' ORDER BY version"))
        {
            var (type, payload) = (EventCatalog.Types.Single(known => EventCatalog.Name(known) == stored[..stored.IndexOf(' ', StringComparison.Ordinal)]), stored[(stored.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            var told = EventCatalog.Deserialize(type, System.Text.Encoding.UTF8.GetBytes(payload));
            if (told is RegistrationConfirmed confirmed)
                Assert.Equal((new RunnerDetails("", "", "", "110", "100", "ko"), "Test Race", 20_000), (confirmed.Runner, confirmed.RaceName, confirmed.Amount));
        }
        Assert.Equal(0, (int)(await ReportAsync(service, registration))["remaining"]!);
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Erase_WhileTheRegistrationStands_SaysToCancelFirst_AndChangesNothing()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, Planted());

        using var english = new HttpRequestMessage(HttpMethod.Post, $"/registrations/{registration["number"]}/erase")
        {
            Headers = { { "Authorization", "Bearer " + registration["accessKey"] }, { "Accept-Language", "en" } },
        };
        using var answer = await service.Client.SendAsync(english);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal("not-erasable", (string?)problem["code"]);
        Assert.Contains("Cancel it first", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(["registrations: " + Name], (await service.Database.TablesWithAsync(Name)).Where(found => found.StartsWith("registrations", StringComparison.Ordinal)));
        Assert.Equal(["1 registration-confirmed"], await ToldAsync(service, registration));
        // The confirmation in the outbox, and the registration.
        var report = await ReportAsync(service, registration);
        Assert.Equal((2, null), ((int)report["remaining"]!, report["erasedAt"]));
    }

    [Fact]
    public async Task Erase_WhileThePaymentIsPending_IsRefused()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, registration) = await RegisterAsync(service.Client, Planted());

        Assert.Equal("not-erasable", (string?)(await CallAsync(service, registration, "erase")).Body["code"]);
    }

    [Fact]
    public async Task Erase_WhenTheRaceIsOver_NeedsNoCancellation_AndNothingChangesAfter()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, Planted());
        await service.ExecuteAsync($"UPDATE races SET date = current_date - 2 WHERE id = '{RaceId}'");

        await Eventually.TrueAsync(async () => (await CallAsync(service, registration, "erase")).Status == HttpStatusCode.OK);
        var change = await RegistrationService.CallAsync(
            service.Client, HttpMethod.Patch, $"/registrations/{registration["number"]}", new { address = Address }, (string)registration["accessKey"]!);
        var cancel = await CallAsync(service, registration, "cancel");

        Assert.Equal(("not-active", "not-active"), ((string?)change.Body["code"], (string?)cancel.Body["code"]));
        Assert.Empty(await service.Database.TablesWithAsync(Name, PhoneNo, Address));
        Assert.Equal(["1 registration-confirmed", "2 registration-erased"], await ToldAsync(service, registration));
    }

    [Fact]
    public async Task Erase_NeedsTheKey_OrAnOrganiser()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, Planted());
        await CallAsync(service, registration, "cancel");
        var path = $"/registrations/{registration["number"]}/";

        Assert.Equal(HttpStatusCode.NotFound, (await RegistrationService.CallAsync(service.Client, HttpMethod.Post, path + "erase", null, "somebody's key")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await RegistrationService.CallAsync(service.Client, HttpMethod.Post, path + "erase")).Status);
        foreach (var (role, status) in ((string?, HttpStatusCode)[])[(null, HttpStatusCode.NotFound), ("auditor", HttpStatusCode.NotFound), ("organiser", HttpStatusCode.OK)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path + "erasure");
            if (role is not null) request.Headers.Add(CallerHeaders.Role, role);
            using var answer = await service.Client.SendAsync(request);
            Assert.Equal(status, answer.StatusCode);
        }
        Assert.Empty(await service.Database.TablesWithAsync(Name, PhoneNo, Address));
    }

    [Fact]
    public async Task Erase_WhenMadeAtOnceManyTimes_IsToldOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, Planted());
        await CallAsync(service, registration, "cancel");

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => CallAsync(service, registration, "erase")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(["1 registration-confirmed", "2 registration-cancelled", "3 registration-erased"], await ToldAsync(service, registration));
    }

    [Fact]
    public async Task Retention_WhenItsLastDayIsOver_ErasesWhoeverRegistered_Once()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1000);
        await RegisterAsync(service.Client, Planted());
        // More than one batch.
        await service.ExecuteAsync("""
            INSERT INTO registrations SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'number', 'M-' || copy))).* FROM registrations AS one, generate_series(1, 249) AS copy
            """);
        await RetainUntilAsync("current_date + 1", DateTime.UtcNow.AddDays(1));
        Assert.Equal(0, await service.RetainAsync());

        await RetainUntilAsync("current_date - 2", DateTime.UtcNow.AddDays(-2));
        // By one clock only: which of them is wrong, nobody can tell.
        service.AddReplica(TimeSpan.FromDays(-1000));
        Assert.Equal(0, await service.RetainAsync(inTheLast: true));
        // Again, for those whose payment was not settled yet.
        await Eventually.TrueAsync(async () =>
        {
            await service.RetainAsync();
            return await service.CountAsync("SELECT count(*) FROM registrations WHERE erased_at IS NULL") == 0;
        });
        Assert.Equal(0, await service.RetainAsync());

        Assert.Empty(await service.Database.TablesWithAsync(Name, PhoneNo, Address));
        Assert.Equal(250, await service.CountAsync("SELECT count(*) FROM outbox WHERE type LIKE '%registration-erased%'"));

        Task RetainUntilAsync(string sql, DateTime day) => Eventually.TrueAsync(async () =>
        {
            await service.ExecuteAsync($"UPDATE races SET date = current_date - 2, retain_until = {sql} WHERE id = '{RaceId}'");
            return (string?)(await RegistrationService.CallAsync(service.Client, HttpMethod.Get, $"/races/{RaceId}")).Body["retainUntil"] == day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        });
    }

    /// <summary>Such a date could be given once.</summary>
    [Fact]
    public async Task Retention_WhenARaceIsKeptForEver_GoesOnForTheOthers()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        await service.ExecuteAsync($"UPDATE races SET retain_until = '9999-12-31' WHERE id = '{RaceId}'");
        await Eventually.TrueAsync(async () => (string?)(await RegistrationService.CallAsync(service.Client, HttpMethod.Get, $"/races/{RaceId}")).Body["retainUntil"] == "9999-12-31");

        Assert.Equal(0, await service.RetainAsync());
    }

    [Fact]
    public async Task RetainUntil_IsAYearAfterTheRace_UnlessTheOrganiserSays()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var date = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(100);
        string[] sizes = ["100"];
        var draft = new { name = "R", place = "Seoul", date, opensAt = DateTimeOffset.UtcNow, closesAt = DateTimeOffset.UtcNow.AddDays(9), divisions = new[] { new { name = "10 km", fee = 1, capacity = 1, topSizes = sizes, bottomSizes = sizes } } };
        var (_, race) = await RegistrationService.CallAsync(service.Client, HttpMethod.Post, "/races", draft);
        Assert.Equal(date.AddYears(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), (string?)race["retainUntil"]);

        var later = await RegistrationService.CallAsync(service.Client, HttpMethod.Patch, $"/races/{race["raceId"]}", new { retainUntil = date.AddDays(30) });
        var wrong = await RegistrationService.CallAsync(service.Client, HttpMethod.Patch, $"/races/{race["raceId"]}", new { retainUntil = date.AddDays(-1) });

        Assert.Equal(date.AddDays(30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), (string?)later.Body["retainUntil"]);
        Assert.NotNull(wrong.Body["errors"]!["retainUntil"]);
    }

    private static async Task<JsonNode> ReportAsync(RegistrationService service, JsonNode registration) =>
        (await RegistrationService.CallAsync(service.Client, HttpMethod.Get, $"/erasures/{registration["registerId"]}")).Body;
}
