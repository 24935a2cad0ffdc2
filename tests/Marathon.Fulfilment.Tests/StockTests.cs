using System.Net;
using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>Who gets which piece, and when.</summary>
public sealed class StockTests(Servers servers) : IClassFixture<Servers>
{
    private static readonly DateTimeOffset Opening = new(2026, 10, 1, 9, 0, 0, TimeSpan.Zero);

    private readonly Guid race = Guid.CreateVersion7();
    private readonly EventSource registration = servers.Others;

    /// <summary>Runners in the order in which their places were paid for.</summary>
    private Story[] Runners(int count, string topSize = "M") => [.. Enumerable.Range(0, count).Select(i => new Story(race) { ConfirmedAt = Opening.AddMinutes(i), TopSize = topSize })];

    /// <summary>In any order, some of them repeatedly.</summary>
    private async Task SendShuffledAsync(IReadOnlyList<Story> stories, FulfilmentService fulfilment)
    {
        var random = new Random(7);
        var shuffled = stories.SelectMany((story, i) => Enumerable.Repeat(story, 1 + i % 3)).OrderBy(_ => random.Next());
        await registration.SendAsync(shuffled.Select(story => ((IntegrationEvent)story.Confirmed(), 1)));
        await fulfilment.Database.AppliedAsync("registrations", 1, [.. stories.Select(story => story.RegistrationId)]);
    }

    private async Task StatusesAsync(FulfilmentService fulfilment, params IEnumerable<string> statuses) => await Eventually.GetAsync(async () =>
    {
        Assert.Equal(statuses, await fulfilment.Database.RowsAsync("SELECT status FROM deliveries WHERE race_id = $1 ORDER BY confirmed_at", race));
        return true;
    });

    [Fact]
    public async Task Confirmed_WhenThereIsStock_IsSetAsideAndReady()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 3, id: race);

        await fulfilment.ConfirmAsync(registration, "READY", Runners(2));

        Assert.Equal(("1 2 0 0", "1 2 0 0", "3 0 0 0"), (await fulfilment.LevelAsync(race, "TOP", "M"), await fulfilment.LevelAsync(race, "BOTTOM", "L"), await fulfilment.LevelAsync(race, "TOP", "L")));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Confirmed_WhenTheGoodsHaveComeAndNotInThisSize_IsBackordered()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 1, sizes: ["L"], id: race);
        var story = new Story(race);

        await fulfilment.ConfirmAsync(registration, "BACKORDERED", story);

        // The shorts are there, and set aside.
        Assert.Equal("0 1 0 0", await fulfilment.LevelAsync(race, "BOTTOM", "L"));
        Assert.Equal(["1 register-master-received", "2 goods-backordered"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task OpeningStock_InADemonstration_IsThereOfEverythingOnTheChartOnce()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers, settings: [("Fulfilment:OpeningStock", "40")]);
        var scheduled = FulfilmentService.Scheduled(race, "SHIPPING", new RaceDivision(Guid.CreateVersion7(), "10K", Story.Fee, 10, ["M"], ["L"]));
        await registration.SendAsync(scheduled, 1);
        await fulfilment.Database.AppliedAsync("races", 1, race);

        await registration.SendAsync(new RaceChanged
        {
            RaceId = race,
            At = scheduled.At,
            Name = scheduled.Name,
            Place = scheduled.Place,
            Date = scheduled.Date,
            OpensAt = default,
            ClosesAt = default,
            Currency = "KRW",
            Divisions = [scheduled.Divisions[0] with { TopSizes = ["M", "XL"] }],
        }, 2);
        await fulfilment.Database.AppliedAsync("races", 2, race);

        Assert.Equal(["BOTTOM L 40", "TOP M 40", "TOP XL 40"], await fulfilment.Database.RowsAsync("SELECT item || ' ' || size || ' ' || free FROM stock WHERE race_id = $1 ORDER BY 1", race));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Thirty_WhenTwentyPiecesCome_AreServedInTheOrderOfConfirmationAndTheRestByAnOrder()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var runners = Runners(30);
        await SendShuffledAsync(runners, fulfilment);
        await StatusesAsync(fulfilment, Enumerable.Repeat("RECEIVED", 30));

        await fulfilment.StockAsync(race, "TOP", "M", 20);
        await fulfilment.StockAsync(race, "BOTTOM", "L", 20);
        await StatusesAsync(fulfilment, [.. Enumerable.Repeat("READY", 20), .. Enumerable.Repeat("BACKORDERED", 10)]);

        var order = await OrderAsync(fulfilment, "WAITING");
        Assert.Equal("TOP M 10, BOTTOM L 10", Lines(order));
        var id = order.GetProperty("procurementId").GetGuid();
        Assert.Equal(HttpStatusCode.Conflict, (await fulfilment.SendAsync(HttpMethod.Post, "/procurements", new { raceId = race, basis = "WAITING" })).Status);
        await ProgressAsync(fulfilment, id, "accept", Terms);
        await ProgressAsync(fulfilment, id, "ship");
        await StatusesAsync(fulfilment, [.. Enumerable.Repeat("READY", 20), .. Enumerable.Repeat("BACKORDERED", 10)]);
        await ProgressAsync(fulfilment, id, "inspect", new { lines = new object[] { new { item = "TOP", size = "M", passed = 7, failed = 2 }, new { item = "BOTTOM", size = "L", passed = 10 } } });

        await StatusesAsync(fulfilment, [.. Enumerable.Repeat("READY", 27), .. Enumerable.Repeat("BACKORDERED", 3)]);
        Assert.Equal(("0 27 0 0", "0 30 0 0"), (await fulfilment.LevelAsync(race, "TOP", "M"), await fulfilment.LevelAsync(race, "BOTTOM", "L")));
        Assert.Equal("TOP M 3", Lines(await OrderAsync(fulfilment, "WAITING")));
        Assert.Equal(["1 procurement-requested", "2 procurement-accepted", "3 procurement-shipped", "4 procurement-inspected"], await fulfilment.Database.ToldAsync(id));
        Assert.Equal(["BOTTOM L 10", "TOP M 7"], await fulfilment.Database.RowsAsync("SELECT item || ' ' || size || ' ' || quantity FROM stock_movements WHERE procurement_id = $1 ORDER BY 1", id));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Thirty_WhenTwentyPiecesWereThereBefore_AreServedInTheOrderOfConfirmation()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers, settings: [("Fulfilment:SettleTime", "00:00:01")]);
        await fulfilment.RaceAsync(registration, pieces: 20, id: race);

        await SendShuffledAsync(Runners(30), fulfilment);

        await StatusesAsync(fulfilment, [.. Enumerable.Repeat("READY", 20), .. Enumerable.Repeat("BACKORDERED", 10)]);
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Changed_WhenTheOtherSizeIsThere_SwapsAndGivesTheFreedPieceToWhoWaits()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        foreach (var (item, size, pieces) in new[] { ("TOP", "M", 1), ("TOP", "XL", 1), ("BOTTOM", "L", 3) }) await fulfilment.StockAsync(race, item, size, pieces);
        var runners = Runners(3);
        await fulfilment.ConfirmAsync(registration, "READY", runners[0]);
        await fulfilment.ConfirmAsync(registration, "BACKORDERED", runners[1], runners[2]);

        await registration.SendAsync(runners[0].Changed(topSize: "XL"), 2);

        await StatusesAsync(fulfilment, "READY", "READY", "BACKORDERED");
        Assert.Equal(("0 1 0 0", "0 1 0 0"), (await fulfilment.LevelAsync(race, "TOP", "M"), await fulfilment.LevelAsync(race, "TOP", "XL")));
        // Nothing was told of a swap that changes nothing for the kit.
        Assert.Equal(["1 register-master-received", "2 goods-ready"], await fulfilment.Database.ToldAsync(runners[0].RegistrationId));
        Assert.Equal(["XL XL"], await fulfilment.Database.RowsAsync("SELECT line.top_size || ' ' || kit.top_size FROM register_masters AS line JOIN deliveries AS kit USING (registration_id) WHERE registration_id = $1", runners[0].RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Changed_WhenTheOtherSizeIsNotThere_WaitsInItsOldPlace()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        foreach (var (item, size, pieces) in new[] { ("TOP", "M", 1), ("BOTTOM", "L", 2) }) await fulfilment.StockAsync(race, item, size, pieces);
        var (first, second) = (new Story(race) { ConfirmedAt = Opening }, new Story(race) { ConfirmedAt = Opening.AddMinutes(1), TopSize = "XL" });
        await fulfilment.ConfirmAsync(registration, "READY", first);
        await fulfilment.ConfirmAsync(registration, "BACKORDERED", second);

        await registration.SendAsync(first.Changed(topSize: "XL"), 2);
        await fulfilment.BecomesAsync(first, "BACKORDERED");
        Assert.Equal("1 0 0 0", await fulfilment.LevelAsync(race, "TOP", "M"));
        await fulfilment.StockAsync(race, "TOP", "XL", 1);

        await StatusesAsync(fulfilment, "READY", "BACKORDERED");
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Changed_AfterTheKitHasLeft_LeavesItAsItWasSent()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 1, id: race);
        var story = new Story(race);
        await fulfilment.ConfirmAsync(registration, "READY", story);
        await fulfilment.DispatchAsync();

        await registration.SendAsync(story.Changed(topSize: "XL"), 2);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        Assert.Equal(["DISPATCHED M"], await fulfilment.Database.RowsAsync("SELECT status || ' ' || top_size FROM deliveries WHERE race_id = $1", race));
        Assert.Equal(("0 0 1 0", "1 0 0 0"), (await fulfilment.LevelAsync(race, "TOP", "M"), await fulfilment.LevelAsync(race, "TOP", "XL")));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Cancelled_WhenSomebodyWaits_GivesThemWhatWasSetAside()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 1, id: race);
        var runners = Runners(3);
        await fulfilment.ConfirmAsync(registration, "READY", runners[0]);
        await fulfilment.ConfirmAsync(registration, "BACKORDERED", runners[1], runners[2]);

        await registration.SendAsync(runners[0].Cancelled(), 2);

        await StatusesAsync(fulfilment, "CANCELLED", "READY", "BACKORDERED");
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Inspection_WhenItsConnectionIsKilledMidway_LeavesNeitherAndCanBeRepeated()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var id = await ShippedAsync(fulfilment);

        // What keeps it from the ledger is let go only when it has been killed while it waited there.
        await using (var connection = await fulfilment.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new Npgsql.NpgsqlCommand("LOCK TABLE stock_movements IN EXCLUSIVE MODE", connection, transaction)) await hold.ExecuteNonQueryAsync();
            var inspection = fulfilment.SendAsync(HttpMethod.Post, $"/procurements/{id}/inspect", Found(5, 5));
            await Eventually.TrueAsync(async () => await fulfilment.Database.RowsAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'stock_movements'::regclass AND NOT granted") is ["True", ..]);
            await transaction.RollbackAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await inspection).Status);
        }

        await NeitherAsync(fulfilment, id);
        await ProgressAsync(fulfilment, id, "inspect", Found(5, 5));
        Assert.Equal("5 0 0 0", await fulfilment.LevelAsync(race, "TOP", "M"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Inspection_WhenItFailsAtTheEnd_LeavesNeither()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var id = await ShippedAsync(fulfilment);
        await fulfilment.Database.ExecuteAsync("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW WHEN (new.stream = 'procurements') EXECUTE FUNCTION refuse();
            """);

        Assert.Equal(HttpStatusCode.InternalServerError, (await fulfilment.SendAsync(HttpMethod.Post, $"/procurements/{id}/inspect", Found(5, 5))).Status);

        await NeitherAsync(fulfilment, id);
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Inspection_WhenSentTwiceAtOnce_BringsTheGoodsOnce()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var id = await ShippedAsync(fulfilment);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => fulfilment.SendAsync(HttpMethod.Post, $"/procurements/{id}/inspect", Found(5, 0))));

        Assert.Equal([HttpStatusCode.OK, .. Enumerable.Repeat(HttpStatusCode.Conflict, 5)], answers.Select(answer => answer.Status).Order());
        Assert.Equal("5 0 0 0", await fulfilment.LevelAsync(race, "TOP", "M"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task StockChanged_OfEveryTransaction_IsToldWithoutGapsWithTheLevelsAfterIt()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        await fulfilment.StockAsync(race, "TOP", "M", 5);
        await fulfilment.StockAsync(race, "TOP", "M", 2, "SCRAPPED");
        await fulfilment.StockAsync(race, "BOTTOM", "L", 1);
        var story = new Story(race);
        await fulfilment.ConfirmAsync(registration, "READY", story);
        await fulfilment.StepAsync(story, "dispatch");
        await fulfilment.StepAsync(story, "returned", new { condition = "DAMAGED" });

        Assert.Equal(
            ["1 TOP M 5 0 0 0", "2 TOP M 3 0 0 2", "3 BOTTOM L 1 0 0 0", "4 BOTTOM L 0 1 0 0", "4 TOP M 2 1 0 2", "5 BOTTOM L 0 0 1 0", "5 TOP M 2 0 1 2", "6 BOTTOM L 0 0 0 1", "6 TOP M 1 1 0 3"],
            await fulfilment.Database.RowsAsync("""
                SELECT concat_ws(' ', version, level ->> 'item', level ->> 'size', level ->> 'free', level ->> 'allocated', level ->> 'gone', level ->> 'scrapped')
                FROM outbox, jsonb_array_elements(convert_from(payload, 'UTF8')::jsonb -> 'levels') AS level WHERE stream = 'stock' AND aggregate_id = $1 ORDER BY version, 1
                """, race));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Stock_WhenLookedAt_ShowsWhatThereIsWhoWaitsAndWhatToBuy()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await registration.SendAsync(FulfilmentService.Scheduled(race, "SHIPPING", new RaceDivision(Guid.CreateVersion7(), "10K", Story.Fee, 12, ["M", "XL"], ["L"])), 1);
        await fulfilment.Database.AppliedAsync("races", 1, race);
        await fulfilment.StockAsync(race, "TOP", "M", 2);
        await fulfilment.ConfirmAsync(registration, "BACKORDERED", Runners(3));
        await fulfilment.SendAsync(HttpMethod.Post, "/procurements", new { raceId = race, lines = new[] { new { item = "BOTTOM", size = "L", quantity = 2 } } });

        var stock = await fulfilment.GetAsync($"/stock?raceId={race}");

        Assert.Equal(12, stock.GetProperty("places").GetInt32());
        Assert.Equal(
            ["TOP M: 2 of 2, 3 run, 1 wait, 0 come, buy 1 or 10", "TOP XL: 0 of 0, 0 run, 0 wait, 0 come, buy 0 or 0", "BOTTOM L: 0 of 0, 3 run, 3 wait, 2 come, buy 1 or 10"],
            stock.GetProperty("items").EnumerateArray().Select(sku =>
                $"{sku.GetProperty("item")} {sku.GetProperty("size")}: {sku.GetProperty("allocated")} of {sku.GetProperty("received")}, {sku.GetProperty("runners")} run, {sku.GetProperty("awaited")} wait, "
                + $"{sku.GetProperty("onOrder")} come, buy {sku.GetProperty("neededNow")} or {sku.GetProperty("neededAtCapacity")}"));
        var ledger = await fulfilment.GetAsync($"/stock/movements?raceId={race}&item=TOP&goodsSize=M");
        Assert.Equal(["ALLOCATED", "ALLOCATED", "RECEIVED " + Staff.Organiser], ledger.GetProperty("items").EnumerateArray().Select(movement =>
            movement.GetProperty("kind").GetString() + (movement.TryGetProperty("actor", out var actor) ? " " + actor : "")));
        Assert.Equal("TOP M 10, BOTTOM L 10", Lines(await OrderAsync(fulfilment, "CAPACITY")));
        await fulfilment.AssertBooksAsync();
    }

    private static readonly object Terms = new
    {
        supplier = "Hanbit Textile",
        contactName = "Lee Supplier",
        contactPhoneNo = "010-1111-2222",
        price = 500_000,
        dueDate = "2026-11-01",
    };

    private async Task<System.Text.Json.JsonElement> OrderAsync(FulfilmentService fulfilment, string basis)
    {
        var (status, order) = await fulfilment.SendAsync(HttpMethod.Post, "/procurements", new { raceId = race, basis });
        Assert.True(status == HttpStatusCode.Created, $"{status}: {order}");
        return order;
    }

    private static string Lines(System.Text.Json.JsonElement order) => string.Join(", ",
        order.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("item")} {line.GetProperty("size")} {line.GetProperty("quantity")}"));

    private static async Task ProgressAsync(FulfilmentService fulfilment, Guid order, string step, object? body = null)
    {
        var (status, answer) = await fulfilment.SendAsync(HttpMethod.Post, $"/procurements/{order}/{step}", body);
        Assert.True(status == HttpStatusCode.OK, $"{step}: {status}: {answer}");
    }

    /// <summary>An order of ten shirts that is on its way.</summary>
    private async Task<Guid> ShippedAsync(FulfilmentService fulfilment)
    {
        var (_, order) = await fulfilment.SendAsync(HttpMethod.Post, "/procurements", new { raceId = race, lines = new[] { new { item = "TOP", size = "M", quantity = 10 } } });
        var id = order.GetProperty("procurementId").GetGuid();
        await ProgressAsync(fulfilment, id, "accept", Terms);
        await ProgressAsync(fulfilment, id, "ship");
        return id;
    }

    private static object Found(int passed, int failed) => new { lines = new[] { new { item = "TOP", size = "M", passed, failed } } };

    private static async Task NeitherAsync(FulfilmentService fulfilment, Guid order)
    {
        Assert.Equal(["SHIPPED 3"], await fulfilment.Database.RowsAsync("SELECT status || ' ' || version FROM procurements WHERE id = $1", order));
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT 1 FROM procurement_lines WHERE passed IS NOT NULL"));
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT 1 FROM stock"));
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT 1 FROM stock_movements"));
        Assert.Equal(["1 procurement-requested", "2 procurement-accepted", "3 procurement-shipped"], await fulfilment.Database.ToldAsync(order));
    }

    [Fact]
    public async Task Request_SentAgainUnderItsKey_IsDoneOnce()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var movement = new { raceId = race, item = "TOP", size = "M", kind = "RECEIVED", quantity = 5, note = "a box" };
        var order = new { raceId = race, lines = new[] { new { item = "TOP", size = "L", quantity = 3 } } };

        var moved = new List<(HttpStatusCode Status, int Free)>();
        var ordered = new List<string?>();
        for (var times = 0; times < 3; times++)
        {
            var (status, level) = await fulfilment.SendAsync(HttpMethod.Post, "/stock/movements", movement, change: request => request.Headers.Add("Idempotency-Key", "box-1"));
            moved.Add((status, level.GetProperty("free").GetInt32()));
            ordered.Add((await fulfilment.SendAsync(HttpMethod.Post, "/procurements", order, change: request => request.Headers.Add("Idempotency-Key", "order-1"))).Body.GetProperty("number").GetString());
        }

        Assert.All(moved, answer => Assert.Equal((HttpStatusCode.OK, 5), answer));
        Assert.Single(ordered.Distinct());
        Assert.Equal(["1"], await fulfilment.Database.RowsAsync("SELECT count(*) FROM procurements"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Request_UnderAKeyThatWasUsedForAnother_IsRefused_AndChangesNothing()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var elsewhere = await fulfilment.RaceAsync(registration);
        Assert.Equal("OK", await AskAsync(fulfilment, "/stock/movements", Movement(race)));
        Assert.Equal("Created", await AskAsync(fulfilment, "/procurements", new { raceId = race, lines = Lines(3) }));

        foreach (var other in (object[])[Movement(elsewhere), Movement(race, item: "BOTTOM"), Movement(race, size: "L"), Movement(race, kind: "SCRAPPED"), Movement(race, quantity: 6)])
            Assert.Equal("Conflict idempotency-key-reused", await AskAsync(fulfilment, "/stock/movements", other));
        foreach (var other in (object[])[new { raceId = elsewhere, lines = Lines(3) }, new { raceId = race, lines = Lines(4) }, new { raceId = elsewhere, basis = "CAPACITY" }])
            Assert.Equal("Conflict idempotency-key-reused", await AskAsync(fulfilment, "/procurements", other));

        Assert.Equal(["TOP M RECEIVED 5"], await fulfilment.Database.RowsAsync("SELECT concat_ws(' ', item, size, kind, quantity) FROM stock_movements"));
        Assert.Equal(["TOP L 3"], await fulfilment.Database.RowsAsync("SELECT concat_ws(' ', item, size, quantity) FROM procurement_lines"));
        await fulfilment.AssertBooksAsync();

        static object Lines(int quantity) => new[] { new { item = "TOP", size = "L", quantity } };
    }

    [Fact]
    public async Task Request_UnderOneKeyForTwoRacesAtOneMoment_IsDoneForOneOfThem()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, id: race);
        var elsewhere = await fulfilment.RaceAsync(registration);

        Task<string[]> asked;
        await using (var connection = await fulfilment.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Both have begun before either is written.
            await using (var hold = new Npgsql.NpgsqlCommand("LOCK TABLE stock_movements IN EXCLUSIVE MODE", connection, transaction)) await hold.ExecuteNonQueryAsync();
            asked = Task.WhenAll(AskAsync(fulfilment, "/stock/movements", Movement(race)), AskAsync(fulfilment, "/stock/movements", Movement(elsewhere)));
            await Eventually.TrueAsync(async () => await fulfilment.Database.RowsAsync(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()") is ["2"]);
            await transaction.RollbackAsync();
        }

        Assert.Equal(["Conflict idempotency-key-reused", "OK"], (await asked).Order(StringComparer.Ordinal));
        await fulfilment.AssertBooksAsync();
    }

    private static object Movement(Guid raceId, string item = "TOP", string size = "M", string kind = "RECEIVED", int quantity = 5) =>
        new { raceId, item, size, kind, quantity, note = "a box" };

    /// <summary>Asks under always the same key; returns the status and, of a problem, its code.</summary>
    private static async Task<string> AskAsync(FulfilmentService fulfilment, string path, object body)
    {
        var (status, answer) = await fulfilment.SendAsync(HttpMethod.Post, path, body, change: request => request.Headers.Add("Idempotency-Key", "the-same"));
        return answer.TryGetProperty("code", out var code) ? $"{status} {code}" : $"{status}";
    }
}
