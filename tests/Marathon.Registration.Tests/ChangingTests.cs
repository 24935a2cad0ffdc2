using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>What a runner changes of a registration while the kit is with the organiser.</summary>
public sealed class ChangingTests(Servers servers) : IClassFixture<Servers>
{
    private static Task<(HttpStatusCode Status, JsonNode Body)> ChangeAsync(HttpClient client, JsonNode registration, object change) =>
        CallAsync(client, HttpMethod.Patch, $"/registrations/{registration["number"]}", change, (string)registration["accessKey"]!);

    private static Task<long> ChangesToldAsync(RegistrationService service) => service.CountAsync("SELECT count(*) FROM outbox WHERE type LIKE '%registration-changed%'");

    [Fact]
    public async Task Change_WhenRegistered_IsAnsweredAndTold_Once()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);

        for (var i = 0; i < 2; i++)
        {
            var (status, body) = await ChangeAsync(service.Client, registration, new { topSize = "105", address = " Busan " });
            Assert.Equal((HttpStatusCode.OK, "105", "100", "Busan"), (status, (string?)body["topSize"], (string?)body["bottomSize"], (string?)body["address"]));
        }
        Assert.Equal(1, await ChangesToldAsync(service));
        Assert.Equal(1, await service.CountAsync("""
            SELECT count(*) FROM outbox WHERE type LIKE '%registration-changed%' AND version = 2 AND convert_from(payload, 'UTF8')::jsonb -> 'runner' ->> 'topSize' = '105'
            """));
    }

    [Fact]
    public async Task Change_WhenFieldsAreWrong_NamesEach_AndChangesNothing()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);

        var (status, body) = await ChangeAsync(service.Client, registration, new { name = "Somebody Else", topSize = "XXL", phoneNo = "?", address = "Busan" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(["name", "phoneNo", "topSize"], body["errors"]!.AsObject().Select(error => error.Key).Order());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM registrations WHERE address = 'Busan'"));
    }

    /// <summary>As some telephones write it: in letters, not in syllables.</summary>
    [Fact]
    public async Task Change_WithTheNameAsItWasSent_IsNoChangeOfTheName()
    {
        const string name = "\u1112\u1161\u11ab\u1109\u1175";
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client, Runner(name));

        var (status, body) = await ChangeAsync(service.Client, registration, new { name, topSize = "105" });

        Assert.Equal((HttpStatusCode.OK, "\ud55c\uc2dc"), (status, (string?)body["name"]));
    }

    [Fact]
    public async Task Change_WithAWrongKey_AndOfAWrongNumber_AnswersAlike()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        var key = (string)registration["accessKey"]!;

        var (wrongKey, keyBody) = await CallAsync(service.Client, HttpMethod.Patch, $"/registrations/{registration["number"]}", new { topSize = "105" }, key[..^1] + (key[^1] == '0' ? '1' : '0'));
        var (wrongNumber, numberBody) = await CallAsync(service.Client, HttpMethod.Patch, "/registrations/M-0000-0000", new { topSize = "105" }, key);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (wrongKey, wrongNumber));
        Assert.Equal((string?)keyBody["detail"], (string?)numberBody["detail"]);
        Assert.Equal(0, await ChangesToldAsync(service));
    }

    [Fact]
    public async Task Change_WhileThePaymentIsPending_IsTold_AndIsConfirmedAsItIsThen()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        service.Answers = _ => null;
        var (_, registration) = await RegisterAsync(service.Client);

        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(service.Client, registration, new { topSize = "105" })).Status);
        Assert.Equal(1, await ChangesToldAsync(service));
        service.Answers = _ => "COMPLETED";

        await Eventually.TrueAsync(async () => await service.CountAsync("""
            SELECT count(*) FROM outbox WHERE type LIKE '%registration-confirmed%' AND version = 3 AND convert_from(payload, 'UTF8')::jsonb -> 'runner' ->> 'topSize' = '105'
            """) == 1);
    }

    [Fact]
    public async Task Messages_AreChosen_ToldOnce_AndKeptThroughACancellation()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        string path = $"/registrations/{registration["number"]}/messages", key = (string)registration["accessKey"]!;

        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(service.Client, HttpMethod.Post, path, new { all = false }, "wrong")).Status);
        var (status, body) = await CallAsync(service.Client, HttpMethod.Post, path, new { }, key);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, body["errors"]!["all"] is not null));
        // Whether the kit has left does not matter.
        await service.ExecuteAsync("UPDATE registrations SET kit_dispatched = true");
        for (var times = 0; times < 2; times++)
        {
            (status, body) = await CallAsync(service.Client, HttpMethod.Post, path, new { all = false }, key);
            Assert.Equal((HttpStatusCode.OK, false), (status, (bool)body["allMessages"]!));
        }
        Assert.Equal(1, await ChangesToldAsync(service));
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/cancel", null, key)).Status);

        Assert.Equal(HttpStatusCode.Conflict, (await CallAsync(service.Client, HttpMethod.Post, path, new { all = true }, key)).Status);
        Assert.Equal(2, await service.CountAsync("""
            SELECT count(*) FROM outbox WHERE stream = 'registrations' AND convert_from(payload, 'UTF8')::jsonb -> 'runner' ->> 'wantsAllMessages' = 'false'
            """));
    }

    [Fact]
    public async Task Change_WhenItRacesTheConfirmation_IsInWhatTheOthersHearLast()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        service.Answers = _ => null;
        var pending = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => RegisterAsync(service.Client)));
        service.Answers = _ => "COMPLETED";

        await Task.WhenAll(pending.Select(registration => ChangeAsync(service.Client, registration.Body, new { topSize = "105" })));
        await Eventually.TrueAsync(async () => await service.CountAsync("SELECT count(*) FROM registrations WHERE status = 'REGISTERED'") == 24);

        Assert.Equal(24, await service.CountAsync("""
            SELECT count(*) FROM (SELECT DISTINCT ON (aggregate_id) convert_from(payload, 'UTF8')::jsonb -> 'runner' ->> 'topSize' AS size
                                  FROM outbox WHERE stream = 'registrations' ORDER BY aggregate_id, version DESC) AS last WHERE size = '105'
            """));
    }

    [Fact]
    public async Task Change_OfThePhoneNumber_IsRefused_WhereItWouldBeAPersonWhomTheRaceHas()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 10, allowsDuplicates: false);
        var (_, first) = await RegisterAsync(service.Client);
        await ChangeAsync(service.Client, first, new { phoneNo = "010-9999-0000" });
        var (status, second) = await RegisterAsync(service.Client);
        Assert.Equal(HttpStatusCode.Created, status);

        (status, var body) = await ChangeAsync(service.Client, second, new { phoneNo = "01099990000" });

        Assert.Equal((HttpStatusCode.Conflict, "already-registered"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task Change_WhenCancelled_IsRefused()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var (_, registration) = await RegisterAsync(service.Client);
        await SendAsync(service.Client, HttpMethod.Post, $"/registrations/{registration["number"]}/cancel", (string)registration["accessKey"]!);
        var (status, body) = await ChangeAsync(service.Client, registration, new { topSize = "105" });
        Assert.Equal((HttpStatusCode.Conflict, "not-active"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task Change_WhileTheKitIsAway_IsRefused_AndPossibleAgainOnceItIsBack()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 2);
        var fulfilment = servers.Others;
        var (_, sent) = await RegisterAsync(service.Client);
        var (_, fetched) = await RegisterAsync(service.Client);
        DeliveryEvent[] deliveries =
        [
            new GoodsDispatched { RegistrationId = Id(sent), Number = "M-1", At = DateTimeOffset.UtcNow, Carrier = "Hanbit Parcel", TrackingNumber = "1" },
            new GoodsPickedUp { RegistrationId = Id(fetched), Number = "M-2", At = DateTimeOffset.UtcNow },
        ];

        await fulfilment.SendAsync(deliveries.Select(away => ((IntegrationEvent)away, 1)));
        await service.Database.AppliedAsync("deliveries", 1, Id(sent), Id(fetched));
        Assert.Equal(["already-dispatched", "already-dispatched"], await CodesAsync());

        await fulfilment.SendAsync(deliveries.Select(away => ((IntegrationEvent)new GoodsReturned { RegistrationId = away.RegistrationId, Number = away.Number, At = DateTimeOffset.UtcNow, IsGood = true }, 2)));
        await service.Database.AppliedAsync("deliveries", 2, Id(sent), Id(fetched));
        Assert.Equal([null, null], await CodesAsync());

        // And away again.
        await fulfilment.SendAsync(deliveries.Select(away => ((IntegrationEvent)away, 3)));
        await service.Database.AppliedAsync("deliveries", 3, Id(sent), Id(fetched));
        Assert.Equal(["already-dispatched", "already-dispatched"], await CodesAsync());

        static Guid Id(JsonNode registration) => (Guid)registration["registerId"]!;

        async Task<IReadOnlyList<string?>> CodesAsync() =>
            [(string?)(await ChangeAsync(service.Client, sent, new { topSize = "105" })).Body["code"], (string?)(await ChangeAsync(service.Client, fetched, new { topSize = "105" })).Body["code"]];
    }

    [Fact]
    public async Task Change_WhenItRacesTheDispatch_IsEitherToldOrRefused()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 100);
        var fulfilment = servers.Others;
        var registrations = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RegisterAsync(service.Client)));

        var sizes = new[] { "100", "105", "110" };
        var changing = registrations.Select(registration => Task.Run(async () =>
        {
            var told = 0;
            for (var i = 0; ; i++)
            {
                var (status, body) = await ChangeAsync(service.Client, registration.Body, new { topSize = sizes[i % 3] });
                if (status == HttpStatusCode.Conflict)
                {
                    Assert.Equal("already-dispatched", (string?)body["code"]);
                    return told;
                }
                Assert.Equal(HttpStatusCode.OK, status);
                told++;
            }
        })).ToList();
        await fulfilment.SendAsync(registrations.Select(registration => ((IntegrationEvent)new GoodsDispatched
        {
            RegistrationId = (Guid)registration.Body["registerId"]!, Number = (string)registration.Body["number"]!, At = DateTimeOffset.UtcNow, Carrier = "Hanbit Parcel", TrackingNumber = "1",
        }, 1)));

        var answered = (await Task.WhenAll(changing).WaitAsync(TimeSpan.FromMinutes(1))).Sum();
        // What was answered with 200 and was a change is told; what was refused changed nothing.
        var told = await ChangesToldAsync(service);
        Assert.InRange(told, 1, answered);
        var (_, last) = await ChangeAsync(service.Client, registrations[0].Body, new { address = "Jeju" });
        Assert.Equal("already-dispatched", (string?)last["code"]);
        Assert.Equal(told, await ChangesToldAsync(service));
        Assert.Equal(0, await service.CountAsync("""
            SELECT count(*) FROM registrations JOIN (SELECT DISTINCT ON (aggregate_id) aggregate_id, convert_from(payload, 'UTF8')::jsonb -> 'runner' ->> 'topSize' AS size
              FROM outbox WHERE stream = 'registrations' ORDER BY aggregate_id, version DESC) AS last ON aggregate_id = id WHERE size <> top_size
            """));
    }
}
