using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>The service as it is composed, on a real database, with Payment at the other end of real HTTP.</summary>
public sealed class RegisteringTests(Servers servers) : IClassFixture<Servers>
{
    private static Task EventuallyAsync(RegistrationService service, string number, string accessKey, string status) => Eventually.TrueAsync(async () =>
        (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{number}", accessKey)).Body["status"] == status, because: $"{number} does not become {status}");

    [Theory]
    [InlineData("ko", "참가비와 같아야 합니다: 20000 KRW")]
    [InlineData("en", "must be the fee, 20000 KRW")]
    public async Task Register_WithWhatIsWrong_SaysSoInTheRunnersLanguage(string language, string because)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/registrations") { Content = JsonContent.Create(Runner(amount: 5)), Headers = { { "Accept-Language", language } } };

        using var refused = await service.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(because, (string?)(await refused.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!["amount"]);
    }

    [Fact]
    public async Task AccessKey_OfWhoeverShowedThatThePhoneIsTheirs_IsTheOneTheyWereGiven()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var (id, number) = ((Guid)registration["registerId"]!, (string?)registration["number"]);

        var (status, key) = await CallAsync(service.Client, HttpMethod.Post, "/access-keys", new { registrationId = id, number });
        var (mismatch, _) = await CallAsync(service.Client, HttpMethod.Post, "/access-keys", new { registrationId = Guid.CreateVersion7(), number });

        Assert.Equal((HttpStatusCode.OK, (string?)registration["accessKey"]), (status, (string?)key["accessKey"]));
        Assert.Equal(HttpStatusCode.NotFound, mismatch);
    }

    [Fact]
    public async Task Standing_IsToldToTheCrew_AndToWhoeverHasTheKey_AsItIsNow()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var (id, number, key) = ((string?)registration["registerId"], (string)registration["number"]!, (string?)registration["accessKey"]);

        Assert.Equal((HttpStatusCode.OK, id, "REGISTERED"), await AskAsync(number, null));
        Assert.Equal((HttpStatusCode.OK, id, "REGISTERED"), await AskAsync(number.ToLowerInvariant(), key));
        await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{number}/cancel", key!);
        Assert.Equal((HttpStatusCode.OK, id, "CANCELLED"), await AskAsync(number, null));
        Assert.Equal((HttpStatusCode.OK, id, "CANCELLED"), await AskAsync(number, key));

        async Task<(HttpStatusCode, string?, string?)> AskAsync(string number, string? accessKey)
        {
            var (status, body) = await CallAsync(service.Client, HttpMethod.Post, "/standings", new { number, accessKey });
            return (status, (string?)body["registrationId"], (string?)body["status"]);
        }
    }

    [Fact]
    public async Task Standing_WithAWrongKey_AndOfAWrongNumber_IsAnsweredAlike_AndInNoDescription()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var (number, key) = ((string?)registration["number"], (string?)registration["accessKey"]);

        var answers = new List<string>();
        foreach (var (asked, with) in new[] { (number, "a wrong key"), (number, ""), ("M-0000-0000", key), ("M-0000-0000", null), ("anything", key), (null, null) })
        {
            var (status, body) = await CallAsync(service.Client, HttpMethod.Post, "/standings", new { number = asked, accessKey = with });
            body.AsObject().Remove("traceId");
            answers.Add($"{status} {body.ToJsonString()}");
        }

        Assert.StartsWith("NotFound", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
        Assert.DoesNotContain("standings", (await CallAsync(service.Client, HttpMethod.Get, "/openapi/v1.json")).Body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_WhenMoreComeThanThereArePlaces_SellsEachPlaceOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 10);
        var second = service.AddReplica();

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => RegisterAsync(i % 2 == 0 ? service.Client : second)));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal("race-full", (string?)answer.Body["code"]));
        Assert.Equal(10, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Hold_OfOneWhoIsThereAlready_LeavesThePlaceToWhoeverComesNext()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3, allowsDuplicates: false);

        var answers = await HoldAtOnceAsync(service, service.Wish("A"), service.Wish("A"), service.Wish("B"));

        // What becomes of the first is not known yet.
        Assert.Equal([HoldResult.Held, HoldResult.Unsettled, HoldResult.Held], answers);
        Assert.Equal(3, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Hold_UnderANumberThatIsSomebodys_IsNotTakenForTheSamePerson()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3, allowsDuplicates: false);
        var first = service.Wish("A");
        Assert.Equal(HoldResult.Held, await service.Registrations.Hold(first)!);

        Assert.Equal(HoldResult.NumberTaken, await service.Registrations.Hold(service.Wish("B") with { Number = first.Number })!);
        Assert.Equal(1, await service.TakenAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hold_ThatWasStoredAlthoughItFailed_IsHeld(bool allowsDuplicates)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3, allowsDuplicates);
        var wish = service.Wish("A");
        Assert.Equal(HoldResult.Held, await service.Registrations.Hold(wish)!);

        // The connection broke after the commit, and the store tries again.
        Assert.Equal(HoldResult.Held, await service.Registrations.Hold(wish)!);
        Assert.Equal(1, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Hold_ThatWaitedForLongerThanItsCaller_TakesNoPlace()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3);

        Assert.Equal(HoldResult.TooLate, await service.Registrations.Hold(service.Wish("A") with { HeldAt = DateTimeOffset.UtcNow.AddSeconds(-2) })!);

        Assert.Equal(0, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Confirm_OfSeveral_LocksThemInTheOrderOfTheirIds()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 3);
        HeldRegistration[] held = [.. Enumerable.Range(0, 3).Select(i => service.Wish($"Runner {i}")).OrderBy(wish => wish.Id)];
        foreach (var wish in held) Assert.Equal(HoldResult.Held, await service.Registrations.Hold(wish)!);

        Task<RegistrationStatus> before, last, first;
        await using (await service.GateAsync($"SELECT FROM registrations WHERE id = '{held[2].Id}' FOR UPDATE"))
        {
            await using (await service.GateAsync($"SELECT FROM registrations WHERE id = '{held[1].Id}' FOR UPDATE"))
            {
                before = service.Registrations.ConfirmAsync(held[1], CancellationToken.None);
                await service.WaitersAsync(1);
                // These are written together, the last of them first.
                (last, first) = (service.Registrations.ConfirmAsync(held[2], CancellationToken.None), service.Registrations.ConfirmAsync(held[0], CancellationToken.None));
            }
            Assert.Equal(RegistrationStatus.Registered, await before);
            await service.WaitersAsync(1);
            Assert.Equal(0, await service.CountAsync($"SELECT count(*) FROM (SELECT FROM registrations WHERE id = '{held[0].Id}' FOR UPDATE SKIP LOCKED) AS free"));
        }
        Assert.All(await Task.WhenAll(first, last), status => Assert.Equal(RegistrationStatus.Registered, status));
    }

    [Fact]
    public async Task Hold_ThatComesTwiceForTheLastPlace_IsAnsweredAlike()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        var wish = service.Wish("A", "again");

        var answers = await HoldAtOnceAsync(service, wish, service.Wish("A", "again"));

        Assert.Equal((HoldResult.Held, wish.Id), (answers[0], answers[1].Earlier?.Id));
    }

    /// <summary>What came of these in one batch: they gather while one before them waits.</summary>
    private static async Task<HoldResult[]> HoldAtOnceAsync(RegistrationService service, params HeldRegistration[] wishes)
    {
        Task<HoldResult> before;
        Task<HoldResult[]> batch;
        await using (await service.DivisionGateAsync())
        {
            before = service.Registrations.Hold(service.Wish("Before"))!;
            await service.WaitersAsync(1);
            batch = Task.WhenAll(wishes.Select(wish => service.Registrations.Hold(wish)!));
        }
        Assert.Equal(HoldResult.Held, await before);
        return await batch;
    }

    [Fact]
    public async Task Register_WhenPaymentIsDeclined_GivesThePlaceBack()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => "DECLINED";

        var (status, body) = await RegisterAsync(service.Client);

        Assert.Equal(HttpStatusCode.PaymentRequired, status);
        Assert.Equal("payment-declined", (string?)body["code"]);
        Assert.Equal(0, await service.TakenAsync());
        service.Answers = _ => "COMPLETED";
        await Eventually.TrueAsync(async () => (await RegisterAsync(service.Client)).Status == HttpStatusCode.Created);
    }

    [Fact]
    public async Task Register_WhenPaymentIsDeclined_AndThePlaceCannotBeGivenBackNow_IsToldSo()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => "DECLINED";
        await service.ExecuteAsync("""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cannot be written now'; END $$;
            CREATE TRIGGER fail BEFORE UPDATE ON registrations FOR EACH ROW WHEN (NEW.status = 'DECLINED') EXECUTE FUNCTION fail();
            """);

        var (status, body) = await RegisterAsync(service.Client);

        Assert.Equal((HttpStatusCode.PaymentRequired, "payment-declined"), (status, (string?)body["code"]));
        await service.ExecuteAsync("DROP TRIGGER fail ON registrations; UPDATE registrations SET resolve_at = now()");
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE status = 'DECLINED'") == 1);
        Assert.Equal(0, await service.TakenAsync());
    }

    [Fact]
    public async Task Register_WhenThePaymentsOutcomeIsUnknown_KeepsThePlace_AndConfirmsWhenItIsKnown()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;

        var (status, body) = await RegisterAsync(service.Client);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal("PAYMENT_PENDING", (string?)body["payStatus"]);
        Assert.Equal(1, await service.TakenAsync());
        // The money moved although the answer was lost.
        Assert.True(service.Outcomes.TryAdd((Guid)body["registerId"]!, "COMPLETED"));
        service.Answers = _ => "DECLINED";
        await EventuallyAsync(service, (string)body["number"]!, (string)body["accessKey"]!, "REGISTERED");
        Assert.Equal(2, await service.CountAsync("SELECT version FROM outbox WHERE type LIKE '%registration-confirmed%'"));
        Assert.Equal(1, await service.CountAsync($"""
            SELECT count(*) FROM outbox WHERE type LIKE '%registration-awaiting-payment%' AND version = 1 AND aggregate_id = '{body["registerId"]}'
              AND convert_from(payload, 'UTF8')::jsonb ->> 'divisionName' = '10 km'
            """));
    }

    [Theory]
    [InlineData("ko", "결제가 지연되고 있습니다. 자리는 확보되어 있으니 잠시 후 다시 확인해 주세요.")]
    [InlineData("en", "Payment is taking longer than usual. Your place is kept; look again in a moment.")]
    public async Task Register_WhenThePaymentTakesLonger_SaysInTheRunnersLanguageThatThePlaceIsKept_AndWhereAndWhenToLook(string language, string message)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/registrations") { Content = JsonContent.Create(Runner()), Headers = { { "Accept-Language", language } } };

        using var accepted = await service.Client.SendAsync(request);

        var body = (await accepted.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal((HttpStatusCode.Accepted, message), (accepted.StatusCode, (string?)body["message"]));
        Assert.Equal($"/registrations/{body["number"]}", accepted.Headers.Location?.ToString());
        Assert.Equal(TimeSpan.FromSeconds(2), accepted.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Register_WhenThePromiseCannotBeNotedAtOnce_PromisesNothing_AndNotesItUntilItIs()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        await service.ExecuteAsync("ALTER TABLE registrations RENAME awaits_payment TO out_of_reach");

        var (status, body) = await RegisterAsync(service.Client);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-settled-yet"), (status, (string?)body["code"]));
        await service.ExecuteAsync("ALTER TABLE registrations RENAME out_of_reach TO awaits_payment");
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE awaits_payment") == 1);
        service.Answers = _ => "COMPLETED";
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE status = 'REGISTERED'") == 1);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM outbox WHERE type LIKE '%registration-awaiting-payment%'"));
    }

    [Theory]
    [InlineData("ko", "같은 Idempotency-Key로는 다시 신청되지 않으니 새 키를 사용해 주세요.")]
    [InlineData("en", "Under this Idempotency-Key it stays so: to register, use a new key.")]
    public async Task Register_UnderTheKeyOfAHoldThatHasEnded_IsToldToUseANewKey(string language, string because)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = action => action == "charge" ? null : "VOIDED";
        await RegisterAsync(service.Client, idempotencyKey: "again");
        await service.ExecuteAsync("UPDATE registrations SET hold_until = now()");
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE status = 'EXPIRED'") == 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/registrations") { Content = JsonContent.Create(Runner()), Headers = { { "Accept-Language", language }, { "Idempotency-Key", "again" } } };

        using var answer = await service.Client.SendAsync(request);

        var body = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal((HttpStatusCode.Conflict, "hold-expired"), (answer.StatusCode, (string?)body["code"]));
        Assert.EndsWith(because, (string?)body["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promise_WhenItIsNotedAgain_IsToldOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, body) = await RegisterAsync(service.Client);

        // The answer to the note was lost, so it is made again.
        Assert.Equal(RegistrationStatus.Held, await service.Registrations.AwaitPaymentAsync(await service.LeaseAsync(body), CancellationToken.None));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM outbox WHERE type LIKE '%registration-awaiting-payment%'"));
    }

    [Theory]
    [InlineData("VOIDED", "EXPIRED", 0)]
    [InlineData("COMPLETED", "REGISTERED", 1)]
    [InlineData("DECLINED", "DECLINED", 0)]
    public async Task Resolve_WhenARequestDiedAfterTheHold_FollowsWhatPaymentSaysToAVoid(string answer, string status, int taken)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, body) = await RegisterAsync(service.Client);
        await service.AbandonAsync((string)body["number"]!);

        service.Answers = action => action == "void" ? answer : null;

        await EventuallyAsync(service, (string)body["number"]!, (string)body["accessKey"]!, status);
        Assert.Equal(taken, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    /// <summary>No place is given back before the payment is surely void: who was charged before that, if only just, is registered.</summary>
    [Theory]
    [InlineData(null, "EXPIRED", "VOIDED", "registration-expired", 0)]
    [InlineData("COMPLETED", "REGISTERED", "COMPLETED", "registration-confirmed", 1)]
    [InlineData("DECLINED", "DECLINED", "DECLINED", "registration-declined", 0)]
    public async Task Resolve_WhenTheHoldHasRunOut_VoidsThePayment_UnlessItWasDecidedBefore(string? decided, string status, string payStatus, string told, int taken)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = action => action == "void" ? "VOIDED" : null;
        var (_, body) = await RegisterAsync(service.Client);
        var (id, number, key) = ((Guid)body["registerId"]!, (string)body["number"]!, (string)body["accessKey"]!);
        // What the provider said came too late for every charge: only to a void does Payment say it.
        if (decided is not null) Assert.True(service.Outcomes.TryAdd(id, decided));

        await service.ExecuteAsync("UPDATE registrations SET hold_until = now()");

        await EventuallyAsync(service, number, key, status);
        Assert.Equal(payStatus, (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{number}", key)).Body["payStatus"]);
        Assert.Equal(payStatus, service.Outcomes[id]);
        Assert.Equal(["1 registration-awaiting-payment", $"2 {told}"], await service.Database.ToldAsync(id));
        Assert.Equal(taken, await service.TakenAsync());
        await service.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Resolve_WhenTheRaceHoldsPlacesForLessTimeMeanwhile_KeepsThisOneForAsLongAsWasSaid()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, body) = await RegisterAsync(service.Client);

        await service.ExecuteAsync("UPDATE registrations SET held_at = held_at - interval '2 minutes'");
        await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", new { holdSeconds = 60 });

        service.Answers = action => action == "charge" ? "COMPLETED" : "VOIDED";
        await EventuallyAsync(service, (string)body["number"]!, (string)body["accessKey"]!, "REGISTERED");
    }

    [Theory]
    [InlineData("COMPLETED", HttpStatusCode.Created)]
    [InlineData(null, HttpStatusCode.Accepted)]
    public async Task Register_WhenAHoldThatTookTooLongIsRepeated_GoesOnWithIt(string? answer, HttpStatusCode status)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => answer;
        await HoldTooLateAsync(service);

        var (told, body) = await RegisterAsync(service.Client, idempotencyKey: "again");

        Assert.Equal(status, told);
        // Whoever takes the request for dead voids it.
        service.Answers = action => action == "charge" ? "COMPLETED" : "VOIDED";
        await service.ExecuteAsync("UPDATE registrations SET resolve_at = now()");
        await EventuallyAsync(service, (string)body["number"]!, (string)body["accessKey"]!, "REGISTERED");
        Assert.Equal(1, await service.TakenAsync());
    }

    [Fact]
    public async Task Register_WhenItIsRepeatedSoLateThatTheResolverMayBeVoidingIt_IsPromisedNothing()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        await HoldTooLateAsync(service);
        await service.ExecuteAsync("UPDATE registrations SET held_at = held_at - interval '11 seconds', resolve_at = now() + interval '1 hour'");

        var (status, body) = await RegisterAsync(service.Client, idempotencyKey: "again");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-settled-yet"), (status, (string?)body["code"]));
        Assert.Empty(service.Outcomes);
    }

    [Fact]
    public async Task Register_WhenAHoldThatTookTooLongIsThere_SaysThatItIsNotSettledYet_UntilItIs()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 10, allowsDuplicates: false);
        service.Answers = action => action == "charge" ? "COMPLETED" : "VOIDED";
        await HoldTooLateAsync(service, key: null);

        // As they were told to. Nobody knows that it is theirs, and that they are registered would not be true.
        var (status, body) = await RegisterAsync(service.Client);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-settled-yet"), (status, (string?)body["code"]));

        await service.ExecuteAsync("UPDATE registrations SET resolve_at = now()");
        await Eventually.TrueAsync(async () => (await RegisterAsync(service.Client)).Status == HttpStatusCode.Created);
        Assert.Equal("already-registered", (string?)(await RegisterAsync(service.Client)).Body["code"]);
        Assert.Equal(1, await service.TakenAsync());
    }

    /// <summary>When Payment was away while a race sold out, thousands are left to be settled before their holds end.</summary>
    [Fact]
    public async Task Resolve_WhenVeryManyWereTold202_AsksAboutHundredsOfThemAtOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1001);
        await RegisterAsync(service.Client);
        service.Takes = TimeSpan.FromSeconds(1);
        await service.ExecuteAsync($"""
            UPDATE divisions SET taken = 1001 WHERE id = '{DivisionId}';
            INSERT INTO registrations (id, number, access_key_hash, race_id, division_id, status, pay_status, name, phone_no, address, top_size, bottom_size, language, amount,
              held_at, hold_until, awaits_payment, resolve_at)
            SELECT gen_random_uuid(), 'M-0000-' || lpad(i::text, 4, '0'), '\x00', '{RaceId}', '{DivisionId}', 'HELD', 'PAYMENT_PENDING', 'Runner', '010-1234-4256', 'Seoul', '110', '100', 'ko', 20000,
              now(), now() + interval '10 minutes', true, now()
            FROM generate_series(1, 1000) AS i
            """);

        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE status = 'REGISTERED'") == 1001);
        Assert.InRange(service.MostAtOnce, 129, 256);
        await service.AssertBooksBalanceAsync();
    }

    /// <summary>Registers under the key <c>again</c>: the place is held when the caller has been told to come again.</summary>
    private static async Task HoldTooLateAsync(RegistrationService service, string? key = "again")
    {
        // It has the division's lock, in time, and cannot be written.
        await using (await service.GateAsync("LOCK TABLE registrations IN SHARE MODE"))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await RegisterAsync(service.Client, idempotencyKey: key)).Status);
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations") == 1);
    }

    [Theory]
    [InlineData("closed", "race-not-open")]
    [InlineData("dearer", "invalid")]
    [InlineData("full", "race-full")]
    public async Task Register_WhenItIsRepeatedUnderOtherTerms_IsAnsweredAsBefore_AndOnlyWhoIsNewIsRefused(string race, string refusal)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, idempotencyKey: "again");
        if (race == "closed") await CallAsync(service.Client, HttpMethod.Post, $"/races/{RaceId}/close");
        if (race == "dearer") await CallAsync(service.Client, HttpMethod.Patch, $"/races/{RaceId}", new { divisions = new[] { new { divisionId = DivisionId, fee = 30_000 } } });
        if (race == "full") await RegisterAsync(service.Client);

        // From memory: nobody gets to the division.
        await using var gate = await service.DivisionGateAsync();
        var (status, body) = await RegisterAsync(service.Client, idempotencyKey: "again");
        Assert.Equal((HttpStatusCode.Created, (string?)registration["number"]), (status, (string?)body["number"]));
        Assert.Equal("idempotency-key-reused", (string?)(await RegisterAsync(service.Client, Runner("Somebody Else"), "again")).Body["code"]);
        Assert.Equal(refusal, (string?)(await RegisterAsync(service.Client, idempotencyKey: "another")).Body["code"]);
    }

    [Fact]
    public async Task Register_WhenTheSameRequestComesTwentyTimesOnTwoReplicas_IsOneRegistration()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        var second = service.AddReplica();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ComeAgainAsync(i % 2 == 0 ? service.Client : second)));

        Assert.Single(answers.Select(answer => (string?)answer.Body["number"]).Distinct());
        Assert.Single(answers.Select(answer => (string?)answer.Body["accessKey"]).Distinct());
        Assert.Equal(1, await service.TakenAsync());
        var (status, body) = await RegisterAsync(second, Runner("Somebody Else"), "again");
        Assert.Equal((HttpStatusCode.Conflict, "idempotency-key-reused"), (status, (string?)body["code"]));

        // A replica that has just been started may have too much to do at first: it says so, and people come again.
        static async Task<(HttpStatusCode Status, JsonNode Body)> ComeAgainAsync(HttpClient replica)
        {
            var watch = Stopwatch.StartNew();
            while (true)
            {
                var answer = await RegisterAsync(replica, idempotencyKey: "again");
                if (answer.Status != HttpStatusCode.ServiceUnavailable || watch.Elapsed > TimeSpan.FromSeconds(20)) return answer;
            }
        }
    }

    [Fact]
    public async Task Register_WhenARaceTakesAPersonOnce_RefusesTheSecondTime_UntilTheFirstIsCancelled()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100, allowsDuplicates: false);
        var (_, first) = await RegisterAsync(service.Client);

        var (status, body) = await RegisterAsync(service.Client, Runner(" hjk 1 "));
        Assert.Equal((HttpStatusCode.Conflict, "already-registered"), (status, (string?)body["code"]));

        await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{first["number"]}/cancel", (string)first["accessKey"]!);
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(service.Client)).Status);
        Assert.Equal(1, await service.TakenAsync());
    }

    [Fact]
    public async Task Register_WhenTooManyWait_IsToldToComeAgain_AndIsNotKept()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 10, queue: 1);
        await using (await service.DivisionGateAsync())
        {
            var first = ComeAsync();
            await service.WaitersAsync(1);
            // One of the others waits, too, and one finds that it does. Those who wait are told the same in the end.
            Assert.All(await Task.WhenAll(first, ComeAsync(), ComeAsync()), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        }

        // Whoever comes now comes after everybody who waited, and who waited for longer than they were there has taken no place from anybody.
        await Eventually.TrueAsync(async () => (await RegisterAsync(service.Client, Runner("Last"))).Status == HttpStatusCode.Created);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM registrations WHERE name <> 'Last'"));

        async Task<HttpStatusCode> ComeAsync()
        {
            using var response = await service.Client.PostAsync("/registrations", JsonContent.Create(Runner()));
            Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 5);
            Assert.Equal("overloaded", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["code"]);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("release")]
    public async Task GivingBack_WhenTheSamePersonComesJustThen_IsNotInTheirWay(string how)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 10, allowsDuplicates: false);
        service.Answers = _ => null;
        var (_, first) = await RegisterAsync(service.Client);
        var held = await service.LeaseAsync(first);

        Task<(HttpStatusCode Status, JsonNode Body)> again;
        Task givingBack;
        await using (await service.DivisionGateAsync())
        {
            // The hold gets the division first, and finds the person whom the other is letting go.
            again = RegisterAsync(service.Client);
            await service.WaitersAsync(1);
            givingBack = how == "cancel"
                ? SendAsync(service.Client, HttpMethod.Post, $"/registrations/{first["number"]}/cancel", (string)first["accessKey"]!)
                : service.Registrations.ReleaseAsync(held, RegistrationStatus.Declined, CancellationToken.None);
            await service.WaitersAsync(2);
        }

        await givingBack;
        Assert.Equal(1, await service.CountAsync($"SELECT count(*) FROM registrations WHERE status = '{(how == "cancel" ? "CANCELLED" : "DECLINED")}'"));
        // On a very slow machine the hold was too late for its caller.
        Assert.True((string?)(await again).Body["code"] is "already-registered" or "overloaded");
        await service.AssertBooksBalanceAsync();
    }

    [Theory]
    [InlineData(14, 20_000, "REFUND_DUE")]
    [InlineData(13, 10_000, "REFUND_DUE")]
    [InlineData(3, 10_000, "REFUND_DUE")]
    [InlineData(2, 0, "COMPLETED")]
    [InlineData(-1, 0, "COMPLETED")]
    public async Task Cancel_SoManyDaysBeforeTheRace_OwesWhatItsPolicySays_AndSaysSoToWhoeverReadsOrHears(int daysBefore, int refundDue, string payStatus)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var (path, key) = ($"/registrations/{registration["number"]}", (string)registration["accessKey"]!);
        // A cancellation goes by the race as it is in the database, and by the day in Korea.
        await service.Database.ExecuteAsync("""
            UPDATE races SET date = $1, refund_tiers = '[{"daysBefore": 14, "percent": 100}, {"daysBefore": 3, "percent": 50}]' WHERE id = $2
            """, Race.DayOf(DateTimeOffset.UtcNow).AddDays(daysBefore), RaceId);

        var (status, cancelled) = await SendAsync(service.Client, HttpMethod.Post, path + "/cancel", key);

        Assert.Equal((HttpStatusCode.OK, "CANCELLED"), (status, (string?)cancelled["status"]));
        foreach (var view in new[] { cancelled, (await SendAsync(service.Client, HttpMethod.Get, path, key)).Body })
            Assert.Equal((refundDue, payStatus), ((int)view["refundDue"]!, (string?)view["payStatus"]));
        Assert.Equal([$"{refundDue}"], await service.Database.RowsAsync(
            "SELECT convert_from(payload, 'UTF8')::jsonb ->> 'refundDue' FROM outbox WHERE type LIKE '%registration-cancelled%' AND aggregate_id = $1", (Guid)registration["registerId"]!));
        Assert.Equal(0, await service.TakenAsync());
    }

    [Fact]
    public async Task Cancel_ForARunner_IsForeseen_IsAnOrganisersAlone_AndTwiceIsOnce()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var path = $"/registrations/{registration["number"]}/cancellation";
        await service.Database.ExecuteAsync("""UPDATE races SET date = $1, refund_tiers = '[{"daysBefore": 14, "percent": 100}, {"daysBefore": 3, "percent": 50}]' WHERE id = $2""",
            Race.DayOf(DateTimeOffset.UtcNow).AddDays(13), RaceId);

        foreach (var role in (string?[])[null, "crew", "auditor"])
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
                Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(method, role)).Status);
        // A key is nobody's word.
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(service.Client, HttpMethod.Post, path, (string)registration["accessKey"]!)).Status);
        Assert.Equal(1, await service.TakenAsync());

        // Foreseen by the race as this replica knows it.
        await Eventually.TrueAsync(async () => await AskAsync(HttpMethod.Get) is (HttpStatusCode.OK, var foreseen)
            && (20_000, 10_000, "REGISTERED", true, "KRW")
                == ((int)foreseen["amount"]!, (int)foreseen["refundDue"]!, (string?)foreseen["status"], (bool)foreseen["canBeCancelled"]!, (string?)foreseen["currency"]));

        // Whoever was shown something else has not agreed to this.
        foreach (var (shown, status, code) in ((object, HttpStatusCode, string)[])
        [
            (new { status = "REGISTERED", refundDue = 20_000 }, HttpStatusCode.Conflict, "refund-differs"), (new { status = "HELD", refundDue = 10_000 }, HttpStatusCode.Conflict, "refund-differs"),
            (new { status = "REGISTERED" }, HttpStatusCode.UnprocessableEntity, "invalid"), (new { refundDue = 10_000 }, HttpStatusCode.UnprocessableEntity, "invalid"),
        ])
        {
            var refused = await AskAsync(HttpMethod.Post, body: shown);
            Assert.Equal((status, code), (refused.Status, (string?)refused.Body["code"]));
        }
        Assert.Equal(1, await service.TakenAsync());
        var first = await AskAsync(HttpMethod.Post, body: new { status = "REGISTERED", refundDue = 10_000 });
        var again = await AskAsync(HttpMethod.Post);

        Assert.Equal((HttpStatusCode.OK, "CANCELLED", 10_000), (first.Status, (string?)first.Body["status"], (int)first.Body["refundDue"]!));
        Assert.Equal((HttpStatusCode.OK, first.Body.ToJsonString()), (again.Status, again.Body.ToJsonString()));
        var now = (await AskAsync(HttpMethod.Get)).Body;
        Assert.Equal((false, 10_000, "CANCELLED"), ((bool)now["canBeCancelled"]!, (int)now["refundDue"]!, (string?)now["status"]));
        Assert.Equal(0, await service.TakenAsync());
        Assert.Equal(["kim organiser marathon.registrations.registration-cancelled.v1"], await service.Database.RowsAsync("SELECT concat_ws(' ', actor, role, action) FROM audit WHERE stream = 'registrations'"));

        Task<(HttpStatusCode Status, JsonNode Body)> AskAsync(HttpMethod method, string? role = "organiser", object? body = null) => AskAsOrganiserAsync(service, method, path, role, body);
    }

    [Theory]
    [InlineData("HELD", HttpStatusCode.OK, null)]
    [InlineData("DECLINED", HttpStatusCode.Conflict, "not-active")]
    [InlineData("erased", HttpStatusCode.Conflict, "not-active")]
    [InlineData("nobody's", HttpStatusCode.NotFound, "not-found")]
    public async Task Cancel_ForARunner_OfWhatIsNotRegistered_SaysWhatItIs(string which, HttpStatusCode expected, string? code)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => which switch { "HELD" => null, "DECLINED" => "DECLINED", _ => "COMPLETED" };
        var (_, registration) = await RegisterAsync(service.Client);
        if (which is "erased")
        {
            await service.Database.ExecuteAsync("UPDATE races SET date = $1 WHERE id = $2", Race.DayOf(DateTimeOffset.UtcNow).AddDays(-2), RaceId);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/erase", (string)registration["accessKey"]!)).Status);
        }
        var path = $"/registrations/{(which is "nobody's" ? "M-0000-0000" : registration["number"])}/cancellation";
        var taken = await service.TakenAsync();

        var foreseen = await AskAsOrganiserAsync(service, HttpMethod.Get, path);
        var (status, answer) = await AskAsOrganiserAsync(service, HttpMethod.Post, path, body: which is "HELD" ? new { status = "HELD", refundDue = 0 } : null);

        Assert.Equal(code is "not-found" ? HttpStatusCode.NotFound : HttpStatusCode.OK, foreseen.Status);
        if (foreseen.Status == HttpStatusCode.OK) Assert.Equal((which is "HELD", 0), ((bool)foreseen.Body["canBeCancelled"]!, (int)foreseen.Body["refundDue"]!));
        Assert.Equal((expected, code), (status, (string?)answer["code"]));
        Assert.Equal(which is "HELD" ? 0 : taken, await service.TakenAsync());
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> AskAsOrganiserAsync(
        RegistrationService service, HttpMethod method, string path, string? role = "organiser", object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { CallerHeaders.Network, "203.0.113.0/24" } }, Content = body is null ? null : JsonContent.Create(body) };
        if (role is not null)
        {
            request.Headers.Add(CallerHeaders.Account, "kim");
            request.Headers.Add(CallerHeaders.Role, role);
        }
        using var answer = await service.Client.SendAsync(request);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    [Fact]
    public async Task Cancel_WhenItRacesTheConfirmation_LeavesOneOutcomeAndTheBooksBalanced()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        service.Answers = _ => null;
        var pending = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => RegisterAsync(service.Client)));
        service.Answers = _ => "COMPLETED";

        // The resolver confirms them just now.
        var cancelled = await Task.WhenAll(pending.Select(registration =>
            SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registration.Body["number"]}/cancel", (string)registration.Body["accessKey"]!)));

        Assert.All(cancelled, answer => Assert.Equal("CANCELLED", (string?)answer.Body["status"]));
        Assert.Equal(0, await service.TakenAsync());
        // What was confirmed first owes the fee back; what was not is left to Payment.
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM registrations WHERE (confirmed_at IS NOT NULL) <> (refund_due = 20000)"));
        Assert.Equal(0, await service.CountAsync("""
            SELECT count(*) FROM (SELECT version - lag(version, 1, 0) OVER (PARTITION BY aggregate_id ORDER BY seq) AS step FROM outbox WHERE stream = 'registrations') AS steps
            WHERE step <> 1
            """));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_WhenItMeetsTheConfirmation_FollowsWhoeverIsFirst(bool cancelsFirst)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, body) = await RegisterAsync(service.Client);
        var held = await service.LeaseAsync(body);

        Task<(HttpStatusCode Status, JsonNode Body)>? cancelling = null;
        Task<RegistrationStatus>? confirming = null;
        await using (await service.GateAsync($"SELECT FROM registrations WHERE id = '{held.Id}' FOR UPDATE"))
        {
            Begin(isCancellation: cancelsFirst);
            await service.WaitersAsync(1);
            Begin(isCancellation: !cancelsFirst);
            await service.WaitersAsync(2);
        }

        Assert.Equal(cancelsFirst ? RegistrationStatus.Cancelled : RegistrationStatus.Registered, await confirming!);
        var (_, cancelled) = await cancelling!;
        Assert.Equal(("CANCELLED", cancelsFirst ? 0 : 20_000), ((string?)cancelled["status"], (int)cancelled["refundDue"]!));
        Assert.Equal(0, await service.TakenAsync());

        void Begin(bool isCancellation)
        {
            if (isCancellation) cancelling = SendAsync(service.Client, HttpMethod.Post, $"/registrations/{body["number"]}/cancel", (string)body["accessKey"]!);
            else confirming = service.Registrations.ConfirmAsync(held, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Find_WithAWrongKey_AndWithAWrongNumber_AnswersAlike()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, body) = await RegisterAsync(service.Client);

        var (wrongKey, keyBody) = await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", new string('0', 40));
        var (wrongNumber, numberBody) = await SendAsync(service.Client, HttpMethod.Get, "/registrations/M-0000-0000", (string)body["accessKey"]!);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (wrongKey, wrongNumber));
        Assert.Equal((string?)keyBody["detail"], (string?)numberBody["detail"]);
    }
}
