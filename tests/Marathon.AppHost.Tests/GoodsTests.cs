using System.Net;
using System.Text.Json;
using Marathon.ServiceDefaults.Values;

namespace Marathon.AppHost.Tests;

/// <summary>The story of a race's shirts, from outside: too few, bought, looked at, given out in order, swapped, given back. The ledger is right at every step.</summary>
[Collection(WholeSystem.Name)]
public sealed class GoodsTests(MarathonApplication marathon)
{
    private static readonly string[] Sizes = ["S", "M", "L", "XL"];

    private Visitor Visitor => marathon.Visitor;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shirts_WhenThereAreTooFew_AreBoughtAndGivenOutInOrder(bool isFulfilmentAway)
    {
        var (organiser, crew) = (await Visitor.TokenAsync(Staff.Organiser), await Visitor.TokenAsync(Staff.Crew));
        var raceId = await OpenRaceAsync(organiser);
        await Eventually.TrueAsync(async () => (await AskAsync("/stock?raceId=" + raceId, organiser)).GetProperty("places").GetInt32() == 40);
        foreach (var (item, size, quantity) in Sizes.Select(size => ("TOP", size, 5)).Append(("BOTTOM", "F", 40)))
            await DoAsync("/stock/movements", new { raceId, item, size, kind = "RECEIVED", quantity, note = "last year's" }, organiser);

        // 30 come for the shirts of 20.
        if (isFulfilmentAway) await marathon.StopAsync("fulfilment");
        var runners = new List<Kit>();
        for (var i = 0; i < 30; i++) runners.Add(await RegisterAsync(raceId, Sizes[i % 4]));
        if (isFulfilmentAway) await marathon.StartAsync("fulfilment");
        runners = [.. await InOrderAsync(runners)];
        var waiting = Sizes.SelectMany(size => runners.Where(kit => kit.TopSize == size).Skip(5)).ToList();
        await KitsAsync(raceId, "BACKORDERED", waiting, organiser);
        await KitsAsync(raceId, "READY", runners.Except(waiting), organiser);

        // Exactly what the ten need is bought; two pieces fail, one S and one L.
        var order = await DoAsync("/procurements", new { raceId, basis = "WAITING" }, organiser, HttpStatusCode.Created);
        Assert.Equal(["TOP S 3", "TOP M 3", "TOP L 2", "TOP XL 2"], order.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("item")} {line.GetProperty("size")} {line.GetProperty("quantity")}"));
        var path = "/procurements/" + order.GetProperty("procurementId");
        var contactPhoneNo = $"010-77{(isFulfilmentAway ? 1 : 0)}1-2026";
        await DoAsync(path + "/accept", new { supplier = "Hanyang Textile", contactName = "박 부장", contactPhoneNo, price = 120_000, dueDate = "2031-02-01" }, organiser);
        await DoAsync(path + "/ship", null, organiser);
        await DoAsync(path + "/inspect", new
        {
            lines = new[] { Line("S", 2, 1), Line("M", 3, 0), Line("L", 1, 1), Line("XL", 2, 0) },
        }, organiser);
        Assert.Equal("wrong-state", (await Visitor.SendAsync(HttpMethod.Post, path + "/cancel", null, organiser)).Code);
        var (lastS, lastL) = (waiting.Last(kit => kit.TopSize == "S"), waiting.Last(kit => kit.TopSize == "L"));
        await KitsAsync(raceId, "BACKORDERED", [lastS, lastL], organiser);
        await LedgerAsync();

        // Somebody gives up an S for an M, of which there is none: the S is the last one's who waits, and they wait in their place.
        var swaps = runners.First(kit => kit.TopSize == "S");
        var swapped = await Visitor.SendAsync(HttpMethod.Patch, "/registrations/" + swaps.Ticket.Number, Visitor.Json(new { topSize = "M" }), swaps.Ticket.AccessKey);
        Assert.True(swapped.Status == HttpStatusCode.OK, swapped.Text);
        await KitsAsync(raceId, "BACKORDERED", [swaps, lastL], organiser);
        await LedgerAsync();

        // An M is given back before its kit has left, and goes to who waits for it.
        var (givesUp, returns) = (runners.First(kit => kit.TopSize == "M"), runners.First(kit => kit.TopSize == "XL"));
        Assert.Equal(HttpStatusCode.OK, (await Visitor.CancelAsync(givesUp.Ticket)).Status);
        await KitsAsync(raceId, "CANCELLED", [givesUp], organiser);
        await KitsAsync(raceId, "BACKORDERED", [lastL], organiser);
        await LedgerAsync();

        // An XL is given back after it has left: it is asked for, comes back, and is anybody's again.
        await DoAsync($"/deliveries/{returns.Ticket.Number}/dispatch", new { carrier = "Post", trackingNumber = "KR-1" }, organiser);
        Assert.Equal(HttpStatusCode.OK, (await Visitor.CancelAsync(returns.Ticket)).Status);
        await KitsAsync(raceId, "RETURN_REQUESTED", [returns], organiser);
        await Visitor.PageAsync(returns.Ticket, page => Assert.Single(page.Kinds, "return-requested"));
        await DoAsync($"/deliveries/{returns.Ticket.Number}/returned", new { condition = "GOOD" }, crew);
        await LedgerAsync();
        Assert.Equal((1, 7), await StockAsync(raceId, "XL", organiser));

        // At the desk: who stands is let in once and gets the kit; who has given up is not.
        await DoAsync($"/registermasters/{lastS.Ticket.Number}/check-in", null, crew);
        Assert.Equal("already-checked-in", (await Visitor.SendAsync(HttpMethod.Post, $"/registermasters/{lastS.Ticket.Number}/check-in", null, lastS.Ticket.AccessKey)).Code);
        Assert.Equal("not-registered", (await Visitor.SendAsync(HttpMethod.Post, $"/registermasters/{givesUp.Ticket.Number}/check-in", null, crew)).Code);
        await DoAsync($"/deliveries/{lastS.Ticket.Number}/picked-up", null, crew);
        await Visitor.PageAsync(lastS.Ticket, page => Assert.Equal("PICKED_UP", page.DeliveryStatus));
        await LedgerAsync();

        Assert.Single(await marathon.Databases["notification"].RowsAsync("SELECT text FROM sandbox_sms WHERE phone_no = $1", PhoneNumber.Parse(contactPhoneNo)!.ToString()));
    }

    private sealed record Kit(Ticket Ticket, string TopSize);

    private static object Line(string size, int passed, int failed) => new { item = "TOP", size, passed, failed };

    private async Task<JsonElement> AskAsync(string path, string token)
    {
        var answer = await Visitor.GetAsync(path, token);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {(int)answer.Status} {answer.Text}");
        return answer.Body;
    }

    private async Task<JsonElement> DoAsync(string path, object? body, string token, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await Visitor.SendAsync(HttpMethod.Post, path, body is null ? null : Visitor.Json(body), token);
        Assert.True(answer.Status == expected, $"{path}: {(int)answer.Status} {answer.Text}");
        return answer.Body;
    }

    private async Task<Guid> OpenRaceAsync(string organiser)
    {
        var made = await DoAsync("/races", new
        {
            // Handed out, so that no kit leaves by the clock.
            name = "겨울 마라톤", place = "평창", date = "2031-02-18", opensAt = "2030-10-01T00:00:00Z", closesAt = "2031-02-10T00:00:00Z", kitHandover = "PICK_UP",
            divisions = (object[])[new { name = "10K", fee = 30000, capacity = 40, topSizes = Sizes, bottomSizes = (string[])["F"] }],
        }, organiser, HttpStatusCode.Created);
        var raceId = made.GetProperty("raceId").GetGuid();
        await DoAsync($"/races/{raceId}/open", null, organiser);
        return raceId;
    }

    private async Task<Kit> RegisterAsync(Guid raceId, string topSize) => new(await Visitor.RegisteredAsync(new Dictionary<string, object?>
    {
        ["raceId"] = raceId, ["name"] = "runner " + Guid.CreateVersion7(), ["phoneNo"] = "010-1234-4256", ["address"] = "강원도 평창군", ["topSize"] = topSize, ["bottomSize"] = "F", ["amount"] = 30000,
    }), topSize);

    /// <summary>As their places were paid for: one that was told 202 may have been overtaken.</summary>
    private async Task<IEnumerable<Kit>> InOrderAsync(IReadOnlyCollection<Kit> kits)
    {
        var order = await marathon.Databases["registration"].RowsAsync("SELECT id FROM registrations WHERE id = ANY ($1) ORDER BY confirmed_at, id", kits.Select(kit => kit.Ticket.RegisterId).ToArray());
        return order.Select(id => kits.Single(kit => kit.Ticket.RegisterId == Guid.Parse(id)));
    }

    /// <summary>Waits until exactly these are where they should be.</summary>
    private async Task KitsAsync(Guid raceId, string status, IEnumerable<Kit> kits, string organiser) => await Eventually.GetAsync(async () =>
    {
        var found = await AskAsync($"/deliveries?raceId={raceId}&status={status}", organiser);
        Assert.Equal(
            kits.Select(kit => kit.Ticket.Number).Order(StringComparer.Ordinal), found.GetProperty("items").EnumerateArray().Select(kit => kit.GetProperty("number").GetString()!).Order(StringComparer.Ordinal));
        return found;
    }, TimeSpan.FromSeconds(40));

    /// <summary>Shirts that are free, and that there ever were.</summary>
    private async Task<(int Free, int Received)> StockAsync(Guid raceId, string size, string organiser)
    {
        var shirt = (await AskAsync("/stock?raceId=" + raceId, organiser)).GetProperty("items").EnumerateArray()
            .Single(entry => entry.GetProperty("item").GetString() == "TOP" && entry.GetProperty("size").GetString() == size);
        return (shirt.GetProperty("free").GetInt32(), shirt.GetProperty("received").GetInt32());
    }

    /// <summary>What there is, is the sum of the ledger, and what is set aside or gone is what the kits are made of.</summary>
    private async Task LedgerAsync() => Assert.Empty(await marathon.Databases["fulfilment"].RowsAsync("""
        SELECT concat_ws(' ', item, size, stock.*::text, ledger.*::text, kits.*::text) FROM stock
        LEFT JOIN LATERAL (
          SELECT coalesce(sum(quantity) FILTER (WHERE kind = 'RECEIVED'), 0) AS received, coalesce(sum(quantity) FILTER (WHERE kind = 'SCRAPPED'), 0) AS scrapped,
            coalesce(sum(CASE kind WHEN 'ALLOCATED' THEN quantity WHEN 'RELEASED' THEN -quantity WHEN 'DISPATCHED' THEN -quantity END), 0) AS allocated,
            coalesce(sum(CASE kind WHEN 'DISPATCHED' THEN quantity WHEN 'RETURNED' THEN -quantity END), 0) AS gone
          FROM stock_movements AS moved WHERE (moved.race_id, moved.item, moved.size) = (stock.race_id, stock.item, stock.size)) AS ledger ON true
        LEFT JOIN LATERAL (
          SELECT count(*) FILTER (WHERE status IN ('RECEIVED', 'BACKORDERED', 'READY')) AS here, count(*) FILTER (WHERE status NOT IN ('RECEIVED', 'BACKORDERED', 'READY')) AS away
          FROM deliveries WHERE deliveries.race_id = stock.race_id
            AND CASE item WHEN 'TOP' THEN top_allocated AND top_size = size ELSE bottom_allocated AND bottom_size = size END) AS kits ON true
        WHERE (stock.scrapped, stock.allocated, stock.gone) <> (ledger.scrapped, ledger.allocated, ledger.gone)
          OR (stock.allocated, stock.gone) <> (kits.here, kits.away) OR stock.free <> ledger.received - stock.allocated - stock.gone - stock.scrapped
        """));
}
