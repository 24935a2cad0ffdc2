using System.Net;
using System.Text.Json;
using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>A race with an order in every status and a kit that is ready and one that waits, for requests that change nothing.</summary>
public sealed class Shop(Servers servers) : IAsyncLifetime
{
    private static readonly string[] Statuses = ["REQUESTED", "ACCEPTED", "SHIPPED", "INSPECTED", "CANCELLED"], Steps = ["accept", "ship", "inspect"], Cancel = ["cancel"];

    private readonly EventSource registration = servers.Others;

    internal FulfilmentService Fulfilment { get; private set; } = null!;

    internal Guid Race { get; private set; }

    internal Story Ready { get; private set; } = null!;

    internal Story Waits { get; private set; } = null!;

    internal Dictionary<string, Guid> Orders { get; } = [];

    public async Task InitializeAsync()
    {
        Fulfilment = await FulfilmentService.StartAsync(servers);
        Race = await Fulfilment.RaceAsync(registration, pieces: 2);
        (Ready, Waits) = (new Story(Race) { Name = "=HYPERLINK(\"http://evil.test\")", Address = "서울시 용산구 한강대로 1, \"101\"호" }, new Story(Race) { TopSize = "4XL" });
        await Fulfilment.ConfirmAsync(registration, "READY", Ready);
        await Fulfilment.ConfirmAsync(registration, "BACKORDERED", Waits);
        foreach (var (done, status) in Statuses.Index())
        {
            var (_, order) = await Fulfilment.SendAsync(HttpMethod.Post, "/procurements", new { raceId = Race, lines = new[] { new { item = "TOP", size = "L", quantity = 3 } } });
            Orders[status] = order.GetProperty("procurementId").GetGuid();
            foreach (var step in status == "CANCELLED" ? Cancel : Steps[..done])
                Assert.Equal(HttpStatusCode.OK, (await Fulfilment.SendAsync(HttpMethod.Post, $"/procurements/{Orders[status]}/{step}", step switch
                {
                    "accept" => """{"supplier":"Hanbit","contactName":"Lee","contactPhoneNo":"010-1111-2222","price":1,"dueDate":"2026-11-01"}""",
                    "inspect" => """{"lines":[{"item":"TOP","size":"L","passed":3}]}""",
                    _ => null,
                })).Status);
        }
    }

    public Task DisposeAsync() => Fulfilment.DisposeAsync().AsTask();
}

/// <summary>What is asked for wrongly is said, and changes nothing.</summary>
[Collection(nameof(Servers))]
public sealed class HttpTests(Shop shop) : IClassFixture<Shop>
{
    private string Fill(string text) => shop.Orders.Aggregate(
        text.Replace("{race}", shop.Race.ToString(), StringComparison.Ordinal).Replace("{ready}", shop.Ready.Number, StringComparison.Ordinal).Replace("{waits}", shop.Waits.Number, StringComparison.Ordinal)
            .Replace("{nobody}", Guid.Empty.ToString(), StringComparison.Ordinal),
        (filled, order) => filled.Replace("{" + order.Key + "}", order.Value.ToString(), StringComparison.Ordinal));

    private async Task<string> StateAsync() => string.Join('\n', await shop.Fulfilment.Database.RowsAsync("""
        SELECT (SELECT md5(string_agg(deliveries::text, '' ORDER BY registration_id)) FROM deliveries WHERE race_id = $1) || (SELECT md5(string_agg(line::text, '' ORDER BY bib)) FROM register_masters AS line WHERE race_id = $1)
          || (SELECT count(*) FROM stock_movements) || (SELECT md5(string_agg(procurements::text, '' ORDER BY id)) FROM procurements) || (SELECT count(*) FROM carrier_parcels) || (SELECT count(*) FROM audit)
        """, shop.Race));

    [Theory]
    [InlineData("GET", "/registermasters?status=RUNNING", null, "status")]
    [InlineData("GET", "/registermasters?size=501", null, "size")]
    [InlineData("GET", "/deliveries?status=LOST", null, "status")]
    [InlineData("GET", "/deliveries?page=0", null, "page")]
    [InlineData("GET", "/deliveries?trackingNumber=%00", null, "trackingNumber")]
    [InlineData("GET", "/procurements?status=LOST", null, "status")]
    [InlineData("GET", "/procurements?size=0", null, "size")]
    [InlineData("GET", "/stock/movements?raceId={race}&item=HAT", null, "item")]
    [InlineData("GET", "/stock/movements?raceId={race}&goodsSize=12345678901", null, "goodsSize")]
    [InlineData("PATCH", "/registermasters/{ready}", """{"note":"\u0000"}""", "note")]
    [InlineData("POST", "/stock/movements", """{"item":"TOP","size":"M","kind":"RECEIVED","quantity":1,"note":"x"}""", "raceId")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"HAT","size":"M","kind":"RECEIVED","quantity":1,"note":"x"}""", "item")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":" ","kind":"RECEIVED","quantity":1,"note":"x"}""", "size")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":"M","kind":"ALLOCATED","quantity":1,"note":"x"}""", "kind")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":"M","kind":"RECEIVED","quantity":0,"note":"x"}""", "quantity")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":"M","kind":"RECEIVED","quantity":1}""", "note")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":"M","kind":"RECEIVED","quantity":"many","note":"x"}""", "quantity")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{race}","item":"TOP","size":"xl","kind":"RECEIVED","quantity":1,"note":"x"}""", "size")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","lines":[{"item":"TOP","size":"M","quantity":1},{"item":"BOTTOM","size":"2XL","quantity":1}]}""", "lines[1].size")]
    [InlineData("POST", "/procurements", """{"basis":"WAITING"}""", "raceId")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}"}""", "lines")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","basis":"WISHES"}""", "basis")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","lines":[]}""", "lines")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","lines":[null]}""", "lines[0].item")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","lines":[{"item":"TOP","size":"M","quantity":1},{"item":"TOP","size":"M ","quantity":1}]}""", "lines")]
    [InlineData("POST", "/procurements", """{"raceId":"{race}","lines":[{"item":"TOP","size":"M","quantity":-1}]}""", "lines[0].quantity")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"contactName":"Lee","contactPhoneNo":"010-1111-2222","price":1,"dueDate":"2026-11-01"}""", "supplier")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"supplier":"H","contactName":"Lee","contactPhoneNo":"none","price":1,"dueDate":"2026-11-01"}""", "contactPhoneNo")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"supplier":"H","contactName":"Lee","contactPhoneNo":"010-1111-2222","price":-1,"dueDate":"2026-11-01"}""", "price")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"supplier":"H","contactName":"Lee","contactPhoneNo":"010-1111-2222","price":1}""", "dueDate")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"supplier":"H","contactName":"Lee","contactPhoneNo":"010-1111-2222","price":1,"dueDate":"2026-11-01","currency":"won"}""", "currency")]
    [InlineData("POST", "/procurements/{REQUESTED}/accept", """{"supplier":"H","contactName":"Lee","contactPhoneNo":"010-1111-2222","price":1,"dueDate":"2026-11-01","language":"fr"}""", "language")]
    [InlineData("POST", "/procurements/{SHIPPED}/inspect", """{"lines":[]}""", "lines")]
    [InlineData("POST", "/procurements/{SHIPPED}/inspect", """{"lines":[{"item":"TOP","size":"L"}]}""", "lines[0].passed")]
    [InlineData("POST", "/procurements/{SHIPPED}/inspect", """{"lines":[{"item":"TOP","size":"L","passed":2,"failed":2}]}""", "lines[0]")]
    [InlineData("POST", "/procurements/{SHIPPED}/inspect", """{"lines":[{"item":"TOP","size":"M","passed":2}]}""", "lines")]
    [InlineData("POST", "/deliveries/dispatch", null, "numbers")]
    [InlineData("POST", "/deliveries/dispatch", """{"numbers":[]}""", "numbers")]
    [InlineData("POST", "/deliveries/dispatch", """{"numbers":["{ready}"],"raceId":"{race}"}""", "numbers")]
    [InlineData("POST", "/deliveries/{ready}/dispatch", """{"carrier":"Korea Post"}""", "trackingNumber")]
    [InlineData("POST", "/deliveries/{ready}/returned", """{"condition":"SO SO"}""", "condition")]
    [InlineData("POST", "/deliveries/dispatch.csv", "number,carrier\n{ready},Korea Post", "line 1")]
    [InlineData("POST", "/deliveries/dispatch.csv", "number,carrier,trackingNumber\n{ready},Korea Post,1\n{waits},,2", "line 3, carrier")]
    [InlineData("POST", "/deliveries/dispatch.csv", "number,carrier,trackingNumber\n{ready},Korea Post,1\n{ready},Korea Post,2", "line 3, number")]
    [InlineData("POST", "/deliveries/dispatch.csv", "number,carrier,trackingNumber\n", "line 2")]
    [InlineData("POST", "/deliveries/dispatch.csv", "number,carrier,trackingNumber,memo\n{ready},Korea Post,1,\"not closed\n{waits},Korea Post,2,x\n", "line 2")]
    [InlineData("POST", "/deliveries/dispatch.csv", "\"num\"ber,\"carrier", "line 1")]
    [InlineData("PATCH", "/registermasters/{ready}", "{}", "note")]
    public async Task Request_WhenAFieldIsWrong_NamesItAndChangesNothing(string method, string path, string? body, string field)
    {
        var before = await StateAsync();

        var (status, problem) = await shop.Fulfilment.SendAsync(new HttpMethod(method), Fill(path), body is null ? null : Fill(body));

        Assert.True(status == HttpStatusCode.UnprocessableEntity, $"{status}: {problem}");
        Assert.Contains(field, problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
        Assert.Equal(before, await StateAsync());
    }

    [Theory]
    [InlineData("GET", "/registermasters/M-NONE", null)]
    [InlineData("PATCH", "/registermasters/M-NONE", """{"note":"x"}""")]
    [InlineData("GET", "/deliveries/M-NONE", null)]
    [InlineData("POST", "/deliveries/M-NONE/dispatch", null)]
    [InlineData("POST", "/deliveries/M-NONE/delivered", null)]
    [InlineData("POST", "/deliveries/M-NONE/picked-up", null)]
    [InlineData("POST", "/deliveries/M-NONE/returned", null)]
    [InlineData("GET", "/stock?raceId={nobody}", null)]
    [InlineData("GET", "/procurements/{nobody}", null)]
    [InlineData("POST", "/procurements", """{"raceId":"{nobody}","basis":"WAITING"}""")]
    [InlineData("POST", "/procurements/{nobody}/ship", null)]
    [InlineData("POST", "/procurements/{nobody}/cancel", null)]
    [InlineData("POST", "/procurements/{nobody}/inspect", """{"lines":[{"item":"TOP","size":"M","passed":2}]}""")]
    [InlineData("POST", "/stock/movements", """{"raceId":"{nobody}","item":"TOP","size":"M","kind":"RECEIVED","quantity":1,"note":"x"}""")]
    public async Task Request_OfWhatIsNotThere_IsNotFound(string method, string path, string? body)
    {
        var before = await StateAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await shop.Fulfilment.SendAsync(new HttpMethod(method), Fill(path), body is null ? null : Fill(body))).Status);
        Assert.Equal(before, await StateAsync());
    }

    [Theory]
    [InlineData("/deliveries/{waits}/dispatch", null, "wrong-state")]
    [InlineData("/deliveries/{ready}/delivered", null, "wrong-state")]
    [InlineData("/deliveries/{waits}/picked-up", null, "wrong-state")]
    [InlineData("/deliveries/{ready}/returned", null, "wrong-state")]
    [InlineData("/procurements/{REQUESTED}/ship", null, "wrong-state")]
    [InlineData("/procurements/{ACCEPTED}/inspect", """{"lines":[{"item":"TOP","size":"L","passed":3}]}""", "wrong-state")]
    [InlineData("/procurements/{SHIPPED}/ship", null, "wrong-state")]
    [InlineData("/procurements/{INSPECTED}/inspect", """{"lines":[{"item":"TOP","size":"L","passed":3}]}""", "wrong-state")]
    [InlineData("/procurements/{INSPECTED}/cancel", null, "wrong-state")]
    [InlineData("/procurements/{CANCELLED}/ship", null, "wrong-state")]
    [InlineData("/procurements/{CANCELLED}/cancel", null, "wrong-state")]
    [InlineData("/stock/movements", """{"raceId":"{race}","item":"TOP","size":"M","kind":"SCRAPPED","quantity":99,"note":"x"}""", "not-enough")]
    public async Task Request_WhereItHasNoPlace_IsAConflict(string path, string? body, string code)
    {
        var before = await StateAsync();

        var (status, problem) = await shop.Fulfilment.SendAsync(HttpMethod.Post, Fill(path), body is null ? null : Fill(body));

        Assert.Equal((HttpStatusCode.Conflict, code), (status, problem.GetProperty("code").GetString()));
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Labels_OfWhatPeopleTyped_AreNoFormulasAndAreKorean()
    {
        var csv = (await shop.Fulfilment.GetAsync($"/deliveries/labels.csv?raceId={shop.Race}")).GetString()!;

        Assert.DoesNotContain("\n=", csv, StringComparison.Ordinal);
        Assert.DoesNotContain(",=", csv, StringComparison.Ordinal);
        Assert.DoesNotContain(",\"=", csv, StringComparison.Ordinal);
        Assert.Contains("\"서울시 용산구 한강대로 1, \"\"101\"\"호\"", csv, StringComparison.Ordinal);
        Assert.DoesNotContain(shop.Waits.Number, csv, StringComparison.Ordinal);
    }
}

/// <summary>Many kits at once.</summary>
[Collection(nameof(Servers))]
public sealed class BulkTests(Servers servers)
{
    [Fact]
    public async Task Dispatch_OfMany_SendsThoseThatAreReadyAndNamesTheOthers()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        var registration = servers.Others;
        var race = await fulfilment.RaceAsync(registration, pieces: 4);
        var (first, second, third, waits) = (new Story(race), new Story(race), new Story(race), new Story(race) { TopSize = "4XL" });
        await fulfilment.ConfirmAsync(registration, "READY", first, second, third);
        await fulfilment.ConfirmAsync(registration, "BACKORDERED", waits);

        var (_, some) = await fulfilment.SendAsync(HttpMethod.Post, "/deliveries/dispatch", new { numbers = new[] { first.Number.ToLowerInvariant(), waits.Number, "M-NONE" } });
        var (_, file) = await fulfilment.SendAsync(HttpMethod.Post, "/deliveries/dispatch.csv", $"\uFEFFnumber,carrier,trackingNumber\n{second.Number},\"우체국, 택배\",6001\n{first.Number},Korea Post,6002\n");
        await fulfilment.StepAsync(third, "dispatch", new { carrier = "Korea Post", trackingNumber = "6003" });

        Assert.Equal([first.Number], Numbers(some, "dispatched"));
        Assert.Equal([$"{waits.Number} wrong-state", "M-NONE not-found"], some.GetProperty("refused").EnumerateArray().Select(kit => $"{kit.GetProperty("number")} {kit.GetProperty("code")}"));
        Assert.Equal([second.Number], Numbers(file, "dispatched"));
        Assert.Equal([first.Number], Numbers(file, "refused"));
        Assert.Equal(["우체국, 택배 6001", "Korea Post 6003"], await fulfilment.Database.RowsAsync(
            "SELECT carrier || ' ' || tracking_number FROM deliveries WHERE registration_id = ANY ($1) ORDER BY tracking_number", new[] { second.RegistrationId, third.RegistrationId }));
        // What another carrier has, ours was not given.
        Assert.Equal(["1"], await fulfilment.Database.RowsAsync("SELECT count(*) FROM carrier_parcels"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Dispatch_OfARaceUnderAKey_SendsTheSameOnesOnce_HoweverOftenItComes()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        var registration = servers.Others;
        var race = await fulfilment.RaceAsync(registration, pieces: 4);
        var (first, second, later) = (new Story(race), new Story(race), new Story(race));
        await fulfilment.ConfirmAsync(registration, "READY", first, second);

        var answers = await Task.WhenAll(SendAsync("k-1"), SendAsync("k-1"));
        await fulfilment.ConfirmAsync(registration, "READY", later);
        var (again, another) = (await SendAsync("k-1"), await SendAsync("k-2"));
        // Under a key under which none has left, there are none yet.
        Assert.Empty(Numbers(await SendAsync("k-3"), "dispatched"));
        Assert.Equal(["2"], await fulfilment.Database.RowsAsync("SELECT count(*) FROM dispatches"));

        foreach (var answer in (JsonElement[])[.. answers, again])
            Assert.Equal(new[] { first.Number, second.Number }.Order(StringComparer.Ordinal), Numbers(answer, "dispatched").Order(StringComparer.Ordinal));
        Assert.Empty(Numbers(again, "refused"));
        Assert.Equal([later.Number], Numbers(another, "dispatched"));
        Assert.Equal(["3"], await fulfilment.Database.RowsAsync("SELECT count(*) FROM carrier_parcels"));
        await fulfilment.AssertBooksAsync();

        async Task<JsonElement> SendAsync(string key) =>
            (await fulfilment.SendAsync(HttpMethod.Post, "/deliveries/dispatch", new { raceId = race }, change: request => request.Headers.Add("Idempotency-Key", key))).Body;
    }

    private static IEnumerable<string?> Numbers(JsonElement answer, string part) => answer.GetProperty(part).EnumerateArray().Select(kit => kit.GetProperty("number").GetString());
}
