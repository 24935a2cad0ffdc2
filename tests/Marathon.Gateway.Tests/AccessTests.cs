using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>Every call there is, for everybody there is. What is not in this table does not pass the first test.</summary>
public sealed class AccessTests : IClassFixture<House>
{
    private const string Everyone = "nobody runner organiser crew auditor", Staff = "organiser crew auditor", Readers = "organiser auditor", Organiser = "organiser",
        Crew = "organiser crew", AtTheDesk = "nobody runner organiser crew";

    /// <summary>The call, who may make it, and whether a service answers it.</summary>
    private static readonly Dictionary<string, (string Who, bool IsService)> Table = new()
    {
        ["GET /races"] = (Everyone, true),
        ["GET /races/{raceId}"] = (Everyone, true),
        ["POST /races"] = (Organiser, true),
        ["PATCH /races/{raceId}"] = (Organiser, true),
        ["POST /races/{raceId}/open"] = (Organiser, true),
        ["POST /races/{raceId}/suspend"] = (Organiser, true),
        ["POST /races/{raceId}/resume"] = (Organiser, true),
        ["POST /races/{raceId}/close"] = (Organiser, true),
        ["POST /registrations"] = (Everyone, true),
        ["POST /registrations/register"] = (Everyone, true),
        ["GET /registrations/{number}"] = (Everyone, true),
        ["PATCH /registrations/{number}"] = (Everyone, true),
        ["POST /registrations/{number}/cancel"] = (Everyone, true),
        ["PATCH /registrations/cancel/{number}"] = (Everyone, true),
        ["POST /registrations/{number}/messages"] = (Everyone, true),
        ["POST /registrations/{number}/erase"] = (Everyone, true),
        ["GET /registrations/{number}/export"] = (Everyone, true),
        ["POST /registrations/{number}/cancellation"] = (Organiser, true),
        ["GET /registrations/{number}/cancellation"] = (Organiser, true),
        ["POST /registrations/{number}/erasure"] = (Organiser, true),
        ["GET /registrations/{number}/erasure"] = (Readers, true),
        ["GET /mypage/{number}"] = (Everyone, true),
        ["GET /mypage/{number}/events"] = (Everyone, true),
        ["GET /mypage/{number}/qr.svg"] = (Everyone, true),
        ["POST /registrations/find"] = (Everyone, true),
        ["GET /open/{code}"] = (Everyone, false),
        ["POST /open/{code}"] = (Everyone, true),
        ["POST /session"] = (Everyone, true),
        ["GET /session"] = (Everyone, false),
        ["POST /session/end"] = (Everyone, false),
        ["GET /registrations"] = (Readers, true),
        ["GET /dashboards"] = (Readers, true),
        ["GET /dashboards/summary"] = (Readers, true),
        ["GET /dashboards/events"] = (Readers, true),
        ["POST /dashboards/rebuild"] = (Organiser, true),
        ["GET /dashboards/rebuild"] = (Readers, true),
        ["POST /dashboards/rebuild/cancel"] = (Organiser, true),
        ["GET /dashboards/export.csv"] = (Readers, true),
        ["GET /payments"] = (Readers, true),
        ["GET /payments/{number}"] = (Readers, true),
        ["GET /registermasters"] = (Staff, true),
        ["GET /registermasters/{number}"] = (Staff, true),
        ["PATCH /registermasters/{number}"] = (Crew, true),
        ["POST /registermasters/{number}/check-in"] = (AtTheDesk, true),
        ["GET /deliveries"] = (Staff, true),
        ["GET /deliveries/{number}"] = (Staff, true),
        ["GET /deliveries/labels.csv"] = (Organiser, true),
        ["POST /deliveries/dispatch"] = (Organiser, true),
        ["POST /deliveries/dispatch.csv"] = (Organiser, true),
        ["POST /deliveries/{number}/dispatch"] = (Organiser, true),
        ["POST /deliveries/{number}/delivered"] = (Organiser, true),
        ["POST /deliveries/{number}/picked-up"] = (Crew, true),
        ["POST /deliveries/{number}/returned"] = (Crew, true),
        ["POST /carriers/hanbit/callbacks"] = (Everyone, true),
        ["GET /stock"] = (Readers, true),
        ["GET /stock/movements"] = (Readers, true),
        ["POST /stock/movements"] = (Organiser, true),
        ["GET /procurements"] = (Readers, true),
        ["GET /procurements/{id:guid}"] = (Readers, true),
        ["POST /procurements"] = (Organiser, true),
        ["POST /procurements/{id:guid}/accept"] = (Organiser, true),
        ["POST /procurements/{id:guid}/ship"] = (Organiser, true),
        ["POST /procurements/{id:guid}/inspect"] = (Organiser, true),
        ["POST /procurements/{id:guid}/cancel"] = (Organiser, true),
        ["GET /smshistories"] = (Readers, true),
        ["GET /smshistories/{id:guid}"] = (Readers, true),
        ["POST /providers/solapi/reports"] = (Everyone, true),
        ["GET /deadletters"] = (Readers, true),
        ["GET /deadletters/{service}-{id:long}"] = (Readers, true),
        ["POST /deadletters/{service}-{id:long}/replay"] = (Organiser, true),
        ["POST /deadletters/{service}-{id:long}/drop"] = (Organiser, true),
        ["GET /audit"] = (Readers, true),
        ["POST /login"] = (Everyone, false),
        ["POST /logout"] = (Staff, false),
        ["GET /me"] = (Staff, false),
        ["GET /"] = (Everyone, true),
        ["GET /find"] = (Everyone, true),
        ["POST /find/phone"] = (Everyone, true),
        ["POST /find/key"] = (Everyone, true),
        ["GET /race/{raceId}"] = (Everyone, true),
        ["GET /register/{raceId}/{divisionId}"] = (Everyone, true),
        ["POST /register/{raceId}/{divisionId}"] = (Everyone, true),
        ["GET /mypage/{number}/change"] = (Everyone, true),
        ["POST /mypage/{number}/change"] = (Everyone, true),
        ["POST /mypage/{number}/messages"] = (Everyone, true),
        ["GET /mypage/{number}/cancel"] = (Everyone, true),
        ["POST /mypage/{number}/cancel"] = (Everyone, true),
        ["GET /mypage/{number}/erase"] = (Everyone, true),
        ["POST /mypage/{number}/erase"] = (Everyone, true),
        ["GET /assets/{version}/{file}"] = (Everyone, false),
        ["GET /console/login"] = (Everyone, false),
        ["POST /console/login"] = (Everyone, false),
        ["POST /console/logout"] = (Staff, false),
        ["GET /console"] = (Staff, false),
        ["GET /console/overview"] = (Readers, true),
        ["GET /console/races"] = (Staff, true),
        ["GET /console/races/new"] = (Organiser, false),
        ["POST /console/races/new"] = (Organiser, true),
        ["GET /console/races/{raceId:guid}"] = (Staff, true),
        ["POST /console/races/{raceId:guid}"] = (Organiser, false),
        ["POST /console/races/{raceId:guid}/switch"] = (Organiser, false),
        ["GET /console/registrations"] = (Readers, true),
        ["GET /console/registrations/{number}"] = (Readers, true),
        ["POST /console/registrations/{number}"] = (Organiser, false),
        ["GET /console/roll"] = (Staff, true),
        ["POST /console/roll"] = (Crew, false),
        ["GET /console/kits"] = (Staff, true),
        ["POST /console/kits"] = (Crew, false),
        ["POST /console/kits/dispatch"] = (Organiser, false),
        ["GET /console/stock"] = (Readers, true),
        ["POST /console/stock"] = (Organiser, false),
        ["GET /console/orders"] = (Readers, true),
        ["POST /console/orders"] = (Organiser, false),
        ["GET /console/orders/{id:guid}"] = (Readers, true),
        ["POST /console/orders/{id:guid}"] = (Organiser, false),
        ["GET /console/payments"] = (Readers, true),
        ["GET /console/messages"] = (Readers, true),
        ["GET /console/messages/{id:guid}"] = (Readers, true),
        ["GET /console/events"] = (Readers, true),
        ["POST /console/events"] = (Organiser, false),
        ["GET /console/audit"] = (Readers, true),
        ["* /health"] = (Everyone, false),
        ["* /alive"] = (Everyone, false),
        ["GET /openapi/registration.json"] = (Everyone, true),
        ["GET /openapi/payment.json"] = (Everyone, true),
        ["GET /openapi/fulfilment.json"] = (Everyone, true),
        ["GET /openapi/notification.json"] = (Everyone, true),
        ["GET /openapi/dashboard.json"] = (Everyone, true),
    };

    public static TheoryData<string, string> CallsAndCallers
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var call in Table.Keys)
                foreach (var caller in Everyone.Split(' '))
                    all.Add(call, caller);
            return all;
        }
    }

    private readonly House house;

    public AccessTests(House house)
    {
        this.house = house;
        // As much as any call has to be told.
        house.Begin(context => context.Response.WriteAsJsonAsync(new
        {
            id = 17, total = 0, remaining = 0, registrationId = Guid.Empty, number = "M-7K3F-9QX2", accessKey = "9e7a2c02",
            items = context.Request.Path == "/registrations" ? new object[] { new { number = "M-7K3F-9QX2", status = "REGISTERED" } } : [],
        }));
    }

    [Fact]
    public void Table_NamesEveryCallThereIs() => Assert.Equal(Table.Keys.Order(StringComparer.Ordinal), house.Gateway.Calls.Order(StringComparer.Ordinal));

    [Fact]
    public void Table_IsTheOneInTheDocumentation()
    {
        var written = Documents.Read("security.md").Split('\n')
            .Select(line => line.Split(" | ")).Where(cells => cells is [['|', ' ', '`', ..], _] && cells[0].Contains(" /", StringComparison.Ordinal))
            .ToDictionary(cells => cells[0].Trim('|', ' ', '`'), cells => cells[1].Trim('|', ' '));
        var expected = Table.ToDictionary(entry => entry.Key, entry => entry.Value.Who == AtTheDesk ? "organiser, crew; everyone, with the access key"
            : entry.Value.Who != Everyone ? entry.Value.Who.Replace(" ", ", ", StringComparison.Ordinal)
            : entry.Key.Contains("{number}", StringComparison.Ordinal) ? "everyone, with the access key" : "everyone");
        Assert.Equal(expected.OrderBy(entry => entry.Key, StringComparer.Ordinal), written.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(CallsAndCallers))]
    public async Task Call_IsAnsweredOrRefused_AsTheTableSays(string call, string caller)
    {
        var (who, isService) = Table[call];
        var method = call[0] == '*' ? "GET" : call.Split(' ')[0];
        var path = call.Split(' ')[1].Replace("{raceId}", "0199d2a4-0000-7000-8000-000000000001", StringComparison.Ordinal).Replace("{number}", "M-7K3F-9QX2", StringComparison.Ordinal)
            .Replace("{service}-{id:long}", "payment-17", StringComparison.Ordinal).Replace("{divisionId}", "0199d2a4-0000-7000-8000-000000000003", StringComparison.Ordinal).Replace("{code}", "a-code", StringComparison.Ordinal).Replace("{version}/{file}", "any/site.css", StringComparison.Ordinal).Replace("{id:guid}", "0199d2a4-0000-7000-8000-000000000002", StringComparison.Ordinal).Replace("{raceId:guid}", "0199d2a4-0000-7000-8000-000000000001", StringComparison.Ordinal);
        var body = call == "POST /session" ? """{"number":"M-7K3F-9QX2","accessKey":"9e7a2c02"}""" : "{}";
        (string, string)[] headers = caller switch
        {
            "nobody" => [],
            "runner" => [("Authorization", "Bearer 9e7a2c02cd9e3eb5b19a28ab12bf1939302ca4ed")],
            _ => [await house.Gateway.TokenAsync(caller)],
        };
        house.Service.Requests.Clear();
        var takes = PublicApi.Routes.Single(route => $"{route.Method} {route.Path}" == call);
        if (takes.IsForm) headers = [.. headers, ("Sec-Fetch-Site", "same-origin")];

        using var answer = await house.Gateway.SendAsync(
            method, path, method == "GET" ? null : takes.Takes == "application/json" ? Calling.Json(body) : new StringContent("number", System.Text.Encoding.UTF8, takes.Takes), headers);

        if (who.Split(' ').Contains(caller))
        {
            Assert.DoesNotContain((int)answer.StatusCode, (int[])[401, 403, 404, 405, 500]);
            Assert.Equal(isService, !house.Service.Requests.IsEmpty);
            var isTold = isService && who != Everyone && caller is not ("nobody" or "runner");
            Assert.All(house.Service.Requests, asked => Assert.Equal(
                isTold ? (caller, caller) : (null, null), (asked.Headers.GetValueOrDefault(CallerHeaders.Account), asked.Headers.GetValueOrDefault(CallerHeaders.Role))));
        }
        else
        {
            if (caller is "nobody" or "runner") await answer.AssertProblemAsync(401, "unauthorized");
            else await answer.AssertProblemAsync(403, "forbidden");
            Assert.Empty(house.Service.Requests);
        }
    }
}
