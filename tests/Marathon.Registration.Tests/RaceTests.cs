using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>The organiser's calls, on a real database.</summary>
public sealed class RaceTests(Servers servers) : IClassFixture<Servers>
{
    private static object NewRace(DateTimeOffset? opensAt = null, DateTimeOffset? closesAt = null, int capacity = 10) => new
    {
        name = " Busan Night Run ", place = "Busan", date = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(100),
        opensAt = opensAt ?? DateTimeOffset.UtcNow.AddDays(10), closesAt = closesAt ?? DateTimeOffset.UtcNow.AddDays(90),
        divisions = new[] { new { name = "10 km", fee = 30_000, capacity, topSizes = new[] { "100", "110" }, bottomSizes = new[] { "95", "100" } } },
    };

    private static async Task<Guid> ScheduleAsync(HttpClient client, DateTimeOffset? opensAt = null, DateTimeOffset? closesAt = null, int capacity = 10) =>
        (Guid)(await CallAsync(client, HttpMethod.Post, "/races", NewRace(opensAt, closesAt, capacity))).Body["raceId"]!;

    private static Task<(HttpStatusCode Status, JsonNode Body)> SwitchAsync(HttpClient client, string command, Guid? race = null) =>
        CallAsync(client, HttpMethod.Post, $"/races/{race ?? RaceId}/{command}");

    private static object Capacity(int capacity) => new { divisions = new[] { new { divisionId = DivisionId, capacity } } };

    [Fact]
    public async Task Race_FromItsScheduleToItsEnd_TellsEachStep()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);

        using var created = await service.Client.PostAsync("/races", System.Net.Http.Json.JsonContent.Create(NewRace()));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var (_, race) = await CallAsync(service.Client, HttpMethod.Get, created.Headers.Location!.ToString());
        Assert.Equal(("Busan Night Run", "SCHEDULED", 600, "KRW"), ((string)race["name"]!, (string)race["status"]!, (int)race["holdSeconds"]!, (string)race["currency"]!));
        var id = (Guid)race["raceId"]!;
        Assert.Equal("race-not-open", (string?)(await RegisterAsync(service.Client, Runner(race: id, amount: null))).Body["code"]);

        var (early, problem) = await SwitchAsync(service.Client, "suspend", id);
        Assert.Equal((HttpStatusCode.Conflict, "wrong-state", "SCHEDULED"), (early, (string?)problem["code"], (string?)problem["raceStatus"]));
        Assert.Contains("open", (string)problem["detail"]!, StringComparison.Ordinal);
        foreach (var (command, status) in new[] { ("open", "OPEN"), ("open", "OPEN"), ("suspend", "SUSPENDED"), ("resume", "OPEN"), ("close", "CLOSED"), ("close", "CLOSED") })
        {
            var (answer, body) = await SwitchAsync(service.Client, command, id);
            Assert.Equal((HttpStatusCode.OK, status), (answer, (string?)body["status"]));
            var registered = await RegisterAsync(service.Client, Runner(command + status + Guid.NewGuid().ToString("N")[..9], race: id, amount: null));
            Assert.Equal(status == "OPEN" ? HttpStatusCode.Created : HttpStatusCode.Conflict, registered.Status);
            if (registered.Status == HttpStatusCode.Created)
                await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registered.Body["number"]}/cancel", (string)registered.Body["accessKey"]!);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await SwitchAsync(service.Client, "open", Guid.NewGuid())).Status);
        Assert.Equal(["race-scheduled", "race-opened", "race-suspended", "race-resumed", "race-closed"], await service.RaceEventsAsync(id));
    }

    [Fact]
    public async Task Race_SentTwiceUnderOneKey_IsOne_AndAnotherUnderItIsRefused()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var other = service.AddReplica();
        var race = JsonSerializer.Serialize(NewRace());

        var same = await Task.WhenAll(SendAsync(service.Client, race), SendAsync(other, race));
        var another = await SendAsync(service.Client, race.Replace("Night", "Day", StringComparison.Ordinal));

        var id = (Guid)same[0].Body["raceId"]!;
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, id), (same[0].Status, same[1].Status, (Guid)same[1].Body["raceId"]!));
        Assert.Equal((HttpStatusCode.Conflict, "idempotency-key-reused"), (another.Status, (string?)another.Body["code"]));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM races WHERE name LIKE 'Busan%'"));
        Assert.Equal(["race-scheduled"], await service.RaceEventsAsync(id));

        static async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpClient client, string race)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/races") { Content = new StringContent(race, System.Text.Encoding.UTF8, "application/json"), Headers = { { "Idempotency-Key", "once" } } };
            using var answer = await client.SendAsync(request);
            return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
        }
    }

    [Fact]
    public async Task Race_AddedAtOneReplica_IsKnownAtTheOther()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var other = service.AddReplica();
        (await other.GetAsync("/races")).Dispose();

        for (var i = 0; i < 5; i++)
        {
            var id = await ScheduleAsync(service.Client);
            // Known, if not yet as open: the other looks again twice a second.
            Assert.Equal("race-not-open", (string?)(await RegisterAsync(other, Runner(race: id, amount: null))).Body["code"]);
        }
        var (status, body) = await RegisterAsync(other, Runner(race: Guid.NewGuid()));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "raceId"), (status, body["errors"]!.AsObject().Single().Key));
    }

    [Fact]
    public async Task Race_AddedAtOneReplica_IsKnownAtTheOther_ToWhoeverChangesOrCancels()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var other = service.AddReplica();
        (await other.GetAsync("/races")).Dispose();

        for (var i = 0; i < 5; i++)
        {
            var id = await ScheduleAsync(service.Client);
            await SwitchAsync(service.Client, "open", id);
            var (_, registration) = await RegisterAsync(service.Client, Runner(race: id, amount: null));
            var (path, key) = ($"/registrations/{registration["number"]}", (string)registration["accessKey"]!);

            Assert.Equal(HttpStatusCode.OK, (await CallAsync(other, HttpMethod.Patch, path, new { topSize = "100" }, key)).Status);
            var (status, cancelled) = await SendAsync(other, HttpMethod.Post, path + "/cancel", key);
            Assert.Equal((HttpStatusCode.OK, 30_000), (status, (int)cancelled["refundDue"]!));
        }
    }

    [Fact]
    public async Task Race_SaysHowKitsAreHandedOverAndWhichSizesThereAre_ToWhoeverReadsOrHears()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var id = await ScheduleAsync(service.Client);
        Assert.Equal("SHIPPING", (string?)(await CallAsync(service.Client, HttpMethod.Get, $"/races/{id}")).Body["kitHandover"]);

        var (refused, problem) = await CallAsync(service.Client, HttpMethod.Patch, $"/races/{id}", new { kitHandover = "BY_PIGEON" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "kitHandover"), (refused, problem["errors"]!.AsObject().Single().Key));
        var (status, changed) = await CallAsync(service.Client, HttpMethod.Patch, $"/races/{id}", new { kitHandover = "PICK_UP" });
        Assert.Equal((HttpStatusCode.OK, "PICK_UP"), (status, (string?)changed["kitHandover"]));
        // Read again from the database, by a process that has not written it.
        Assert.Equal("PICK_UP", (string?)(await CallAsync(service.AddReplica(), HttpMethod.Get, $"/races/{id}")).Body["kitHandover"]);

        Assert.Equal(["""SHIPPING ["100", "110"] ["95", "100"]""", """PICK_UP ["100", "110"] ["95", "100"]"""], await ToldAsync(service, id));
    }

    [Fact]
    public async Task DefaultRace_IsToldWithItsSizes_AndShips()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        Assert.Equal(["""SHIPPING ["85", "90", "95", "100", "105", "110", "115", "120"] ["85", "90", "95", "100", "105", "110", "115"]"""],
            await ToldAsync(service, new Guid("0193a5a0-0000-7000-8000-000000000001")));
    }

    /// <summary>One that was made before they were told is told once more, by whichever process starts first.</summary>
    [Fact]
    public async Task DefaultRace_IsToldWithWhatACancellationGivesBack_AlsoWhereItWasToldWithout()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var race = new Guid("0193a5a0-0000-7000-8000-000000000001");
        string[] told = ["race-scheduled", "race-opened"];
        Assert.Equal(told, await service.RaceEventsAsync(race));
        const string Usual = """[{"percent": 100, "daysBefore": 14}, {"percent": 50, "daysBefore": 3}]""";
        Assert.Equal([Usual], await TiersAsync());

        await service.Database.ExecuteAsync("UPDATE outbox SET payload = convert_to((convert_from(payload, 'UTF8')::jsonb - 'refundTiers')::text, 'UTF8') WHERE aggregate_id = $1", race);
        for (var i = 0; i < 2; i++) (await service.AddReplica().GetAsync("/races")).Dispose();

        Assert.Equal([.. told, "race-changed"], await service.RaceEventsAsync(race));
        Assert.Equal([Usual], await TiersAsync());

        Task<IReadOnlyList<string>> TiersAsync() => service.Database.RowsAsync("""
            SELECT told ->> 'refundTiers' FROM (SELECT convert_from(payload, 'UTF8')::jsonb AS told FROM outbox WHERE stream = 'races' AND aggregate_id = $1) AS events WHERE told ? 'refundTiers'
            """, race);
    }

    /// <summary>Of each event with the race's fields, how kits are handed over and the sizes of its first division.</summary>
    private static Task<IReadOnlyList<string>> ToldAsync(RegistrationService service, Guid race) => service.Database.RowsAsync("""
        SELECT concat_ws(' ', told ->> 'kitHandover', told #>> '{divisions,0,topSizes}', told #>> '{divisions,0,bottomSizes}')
        FROM (SELECT version, convert_from(payload, 'UTF8')::jsonb AS told FROM outbox WHERE stream = 'races' AND aggregate_id = $1) AS events
        WHERE told ? 'divisions' ORDER BY version
        """, race);

    [Fact]
    public async Task Schedule_WhenFieldsAreWrong_NamesEach()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);

        var (status, body) = await CallAsync(service.Client, HttpMethod.Post, "/races", new { name = "", divisions = new[] { new { name = "10 km", fee = -1 } } });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid"), (status, (string?)body["code"]));
        Assert.Contains("divisions[0].fee", body["errors"]!.AsObject().Select(error => error.Key));
        (status, body) = await CallAsync(service.Client, HttpMethod.Post, "/races", new { divisions = new[] { new { fee = "much" } } });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "divisions[0].fee"), (status, body["errors"]!.AsObject().Single().Key));
    }

    [Fact]
    public async Task Suspend_WhenPeopleAreRegistered_IsRefusedUnlessForced_AndTheyStayRegistered()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 5);
        var (_, registration) = await RegisterAsync(service.Client);

        var (status, body) = await SwitchAsync(service.Client, "suspend");
        Assert.Equal((HttpStatusCode.Conflict, "has-registrations", 1), (status, (string?)body["code"], (int)body["registrations"]!));
        Assert.StartsWith("자리를 확보했거나 접수한 사람이 1명 있습니다.", (string?)body["detail"], StringComparison.Ordinal);
        string[] members = ["code", "detail", "registrations", "status", "title"];
        Assert.Equal(members, body.AsObject().Select(member => member.Key).Where(key => key != "traceId").Order());
        // Also to whoever wants no JSON: the framework answers by itself then, in English and with a type.
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/races/{RaceId}/suspend") { Headers = { { "Accept", "text/html" } } };
        using var refused = await service.Client.SendAsync(request);
        Assert.Equal(members, JsonNode.Parse(await refused.Content.ReadAsStringAsync())!.AsObject().Select(member => member.Key).Where(key => key != "type").Order());
        Assert.Equal(HttpStatusCode.OK, (await SwitchAsync(service.Client, "suspend?force=true")).Status);
        Assert.Equal("race-not-open", (string?)(await RegisterAsync(service.Client)).Body["code"]);
        Assert.Equal("REGISTERED", (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{registration["number"]}", (string)registration["accessKey"]!)).Body["status"]);
        Assert.Equal(HttpStatusCode.OK, (await SwitchAsync(service.Client, "resume")).Status);
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);
        Assert.Equal(["race-suspended", "race-resumed"], await service.RaceEventsAsync());
    }

    [Fact]
    public async Task Suspend_WhilePeopleRegisterOnTwoReplicas_LetsNobodyInOnceItIsAnswered()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100_000);
        var second = service.AddReplica();
        for (var round = 0; round < 5; round++)
        {
            using var stop = new CancellationTokenSource();
            var runners = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested) await RegisterAsync(i % 2 == 0 ? service.Client : second);
            })).ToList();
            var before = await service.TakenAsync();
            await Eventually.TrueAsync(async () => await service.TakenAsync() > before + 20);

            Assert.Equal(HttpStatusCode.OK, (await SwitchAsync(service.Client, "suspend?force=true")).Status);
            var atTheAnswer = await service.CountAsync("SELECT count(*) FROM registrations");
            await Eventually.TrueAsync(async () => (string?)(await RegisterAsync(second)).Body["code"] == "race-not-open");
            await stop.CancelAsync();
            await Task.WhenAll(runners);

            Assert.Equal(atTheAnswer, await service.CountAsync("SELECT count(*) FROM registrations"));
            await service.AssertBooksBalanceAsync();
            await SwitchAsync(service.Client, "resume");
            await Eventually.TrueAsync(async () => (await RegisterAsync(second)).Status == HttpStatusCode.Created);
        }
    }

    [Fact]
    public async Task Clock_WhenTwoReplicasLook_OpensAndClosesOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.AddReplica();
        service.AddReplica();
        var closing = DateTimeOffset.UtcNow.AddSeconds(4);

        var races = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ScheduleAsync(service.Client, DateTimeOffset.UtcNow.AddSeconds(1), closing)));

        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM races WHERE status = 'CLOSED'") == races.Length);
        Assert.True(DateTimeOffset.UtcNow >= closing);
        foreach (var race in races) Assert.Equal(["race-scheduled", "race-opened", "race-closed"], await service.RaceEventsAsync(race));
    }

    [Fact]
    public async Task Race_WhoseTimeHasCome_TakesRegistrationsBeforeTheClockOpensIt_AndIsOpenedAllTheSame()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        // Whoever decides over the race waits for its turn.
        await using (await service.GateAsync($"SELECT pg_advisory_xact_lock({0x52414345}, hashtext('{RaceId}'))"))
        {
            await service.ExecuteAsync($"UPDATE races SET status = 'SCHEDULED', opens_at = now() - interval '1 second' WHERE id = '{RaceId}'");
            await Eventually.TrueAsync(async () => (string?)(await CallAsync(service.Client, HttpMethod.Get, $"/races/{RaceId}")).Body["status"] == "SCHEDULED");

            Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);
            Assert.Empty(await service.RaceEventsAsync());
        }

        await Eventually.TrueAsync(async () => await service.CountAsync($"SELECT count(*) FROM races WHERE id = '{RaceId}' AND status = 'OPEN'") == 1);
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);
        Assert.Equal(["race-opened", "race-sold-out"], await service.RaceEventsAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Change_OfTheFee_HoldsForEverybodyWhoComesAfter_OnEveryReplica()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        var second = service.AddReplica();
        for (var fee = 21_000; fee < 26_000; fee += 1_000)
        {
            await RegisterAsync(second, Runner(amount: null));
            await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", new { divisions = new[] { new { divisionId = DivisionId, fee } } });
            // The second replica has read the races before, and reads them again only every half second.
            Assert.Equal(fee, (int)(await RegisterAsync(second, Runner(amount: null))).Body["amount"]!);
        }
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM registrations WHERE amount = 20000"));
        Assert.Equal(Enumerable.Repeat("race-changed", 5), await service.RaceEventsAsync());
    }

    [Fact]
    public async Task Change_ToOnceForEachPerson_WaitsUntilNobodyIsThere_AndHoldsFromThenOn()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        var (_, registration) = await RegisterAsync(service.Client);

        var (status, body) = await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", new { allowsDuplicates = false });
        Assert.Equal((HttpStatusCode.Conflict, "duplicates-possible"), (status, (string?)body["code"]));

        await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/cancel", (string)registration["accessKey"]!);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", new { allowsDuplicates = false })).Status);
        await RegisterAsync(service.Client);
        Assert.Equal("already-registered", (string?)(await RegisterAsync(service.Client)).Body["code"]);
    }

    /// <summary>Each step alone takes nothing from anybody: until the earlier day all of it comes back, and after it there is no race to cancel.</summary>
    [Fact]
    public async Task Change_ToAnEarlierDayAndBack_TakesNothingFromThoseWhoAreRegistered()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        var (_, registration) = await RegisterAsync(service.Client);
        var day = DateOnly.Parse((string)(await CallAsync(service.Client, HttpMethod.Get, $"/races/{RaceId}")).Body["date"]!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((HttpStatusCode.OK, null), await ChangeAsync(day.AddDays(-30), daysBefore: 0));
        // Somebody who was promised less does not undo what others were promised.
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);

        Assert.Equal((HttpStatusCode.Conflict, "refund-below-promised"), await ChangeAsync(day, daysBefore: 30));
        Assert.Equal((HttpStatusCode.Conflict, "refund-below-promised"), await ChangeAsync(day.AddDays(-20), daysBefore: 1));
        Assert.Equal((HttpStatusCode.OK, null), await ChangeAsync(day, daysBefore: 14));

        var (_, cancelled) = await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/cancel", (string)registration["accessKey"]!);
        Assert.Equal(20_000, (int)cancelled["refundDue"]!);

        async Task<(HttpStatusCode, string?)> ChangeAsync(DateOnly date, int daysBefore)
        {
            var (status, body) = await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}",
                new { date, closesAt = DateTimeOffset.UtcNow.AddDays(60), refundTiers = new[] { new { daysBefore, percent = 100 } } });
            return (status, (string?)body["code"]);
        }
    }

    [Fact]
    public async Task Capacity_WhenLoweredAndRaisedWhilePeopleRegister_NeverIsLessThanWhatIsTaken()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1000);
        var second = service.AddReplica();
        using var stop = new CancellationTokenSource();
        var runners = Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await RegisterAsync(i % 2 == 0 ? service.Client : second);
        })).ToList();

        var refused = 0;
        for (var i = 0; i < 60; i++)
        {
            // Around what is taken now, so that about half of them come too late.
            var (status, body) = await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", Capacity((int)await service.TakenAsync() + i % 4));
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{status}");
            if (status == HttpStatusCode.Conflict)
            {
                refused++;
                Assert.Equal(("capacity-below-taken", DivisionId), ((string?)body["code"], (Guid)body["divisionId"]!));
                Assert.True((int)body["taken"]! > 0);
            }
            await service.AssertBooksBalanceAsync();
        }
        await stop.CancelAsync();
        await Task.WhenAll(runners);

        await service.AssertBooksBalanceAsync();
        var events = (await service.RaceEventsAsync()).Where(type => type != "race-changed").ToList();
        Assert.True(refused < 60);
        Assert.Equal(events.Select((_, at) => at % 2 == 0 ? "race-sold-out" : "race-places-returned"), events);
    }

    [Fact]
    public async Task SoldOut_UnderAStormOfRegistrationsAndCancellations_IsToldOncePerCrossing()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 4);
        var second = service.AddReplica();
        using var stop = new CancellationTokenSource();
        var runners = Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            var client = i % 2 == 0 ? service.Client : second;
            while (!stop.IsCancellationRequested)
            {
                var (status, body) = await RegisterAsync(client);
                if (status == HttpStatusCode.Created) await SendAsync(client, HttpMethod.Post, $"/registrations/{body["number"]}/cancel", (string)body["accessKey"]!);
            }
        })).ToList();
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM outbox WHERE stream = 'races' AND type LIKE '%sold-out%'") > 10);
        await stop.CancelAsync();
        await Task.WhenAll(runners);

        Assert.Equal(0, await service.TakenAsync());
        var events = await service.RaceEventsAsync();
        Assert.Equal(events.Select((_, at) => at % 2 == 0 ? "race-sold-out" : "race-places-returned"), events);
        Assert.Equal("race-places-returned", events[^1]);
        Assert.Equal(0, await service.CountAsync($"SELECT count(*) FROM outbox WHERE type LIKE '%sold-out%' AND convert_from(payload, 'UTF8')::jsonb ->> 'divisionId' <> '{DivisionId}'"));
    }

    [Fact]
    public async Task PlacesReturned_WhenAPaymentIsDeclined_IsTold()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => "DECLINED";
        await RegisterAsync(service.Client);
        Assert.Equal(["race-sold-out", "race-places-returned"], await service.RaceEventsAsync());
    }

    [Fact]
    public async Task SoldOut_IsNotToldWhilePlacesAreLeft()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3);
        await RegisterAsync(service.Client);
        await RegisterAsync(service.Client);
        Assert.Empty(await service.RaceEventsAsync());
        await RegisterAsync(service.Client);
        Assert.Equal(["race-sold-out"], await service.RaceEventsAsync());
    }

    [Fact]
    public async Task Description_NamesTheOrganisersCalls()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, body) = await CallAsync(service.Client, HttpMethod.Get, "/openapi/v1.json");
        foreach (var path in new[] { "/races", "/races/{raceId}/open", "/races/{raceId}/suspend", "/races/{raceId}/resume", "/races/{raceId}/close" })
            Assert.NotEmpty((string)body["paths"]![path]!["post"]!["summary"]!);
        Assert.NotEmpty((string)body["paths"]!["/races/{raceId}"]!["patch"]!["summary"]!);
    }

    [Fact]
    public async Task Races_ListsEveryRace_WhateverItsState()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        await ScheduleAsync(service.Client);
        await SwitchAsync(service.Client, "suspend");
        var (_, body) = await CallAsync(service.Client, HttpMethod.Get, "/races");
        Assert.Equal(["OPEN", "SCHEDULED", "SUSPENDED"], body["items"]!.AsArray().Select(race => (string)race!["status"]!).Order());
    }

    [Fact]
    public async Task Races_WhileNobodyCanReadTheirTables_AreAnsweredFromMemory_AndAreReadAgainAfterwards()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 5);
        await using (await service.GateAsync("LOCK TABLE races, divisions IN ACCESS EXCLUSIVE MODE"))
        {
            await service.WaitersAsync(1);

            // Sooner than a statement that waits is given up: whoever asked the database would still be waiting.
            var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => CallAsync(service.Client, HttpMethod.Get, "/races"))).WaitAsync(TimeSpan.FromSeconds(20));

            Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, 5), (answer.Status, Remaining(answer.Body))));
            // It is the reading in the background alone that waits.
            await service.WaitersAsync(1);
        }

        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);
        await Eventually.TrueAsync(async () => Remaining((await CallAsync(service.Client, HttpMethod.Get, "/races")).Body) == 4, because: "the races are not read any more");

        static int Remaining(JsonNode races) => (int)races["items"]!.AsArray().Single(race => (Guid)race!["raceId"]! == RaceId)!["divisions"]![0]!["remaining"]!;
    }

    /// <summary>The number of rows before it would be more than fits, and the first page would be the answer.</summary>
    [Fact]
    public async Task Races_WhenThePageIsBeyondAll_SaysSo()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (status, body) = await CallAsync(service.Client, HttpMethod.Get, "/races?page=2147483647&size=500");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.NotNull(body["errors"]!["page"]);
    }
}
