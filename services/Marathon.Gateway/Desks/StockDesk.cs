namespace Marathon.Gateway.Desks;

/// <summary>What goods there are of a race, who waits for them, and how they moved.</summary>
internal static class StockDesk
{
    private const int Size = 30;

    public static void MapStockDesk(this WebApplication app)
    {
        app.MapGet(Console.Stock, Task<IResult> (HttpContext context) => ShowAsync(new Visit(context)));
        app.MapPost(Console.Stock, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            if (visit.Text("raceId") is "") return Results.BadRequest();
            var goods = visit.Text("goods").Split(' ', 2);
            var reply = await visit.SendAsync("POST", "/stock/movements", body: new
            {
                raceId = Guid.TryParse(visit.Text("raceId"), out var race) ? race : (Guid?)null, item = goods[0], size = goods.ElementAtOrDefault(1), kind = visit.Text("kind"), quantity = visit.Number("quantity"),
                note = visit.Text("note"),
            }, key: visit.Some("key"));
            return reply.IsSuccess ? visit.Back("moved") : await ShowAsync(visit);
        });
    }

    private static async Task<IResult> ShowAsync(Visit visit)
    {
        var races = visit.RacesAsync();
        // Without a choice the next race's, which is the first.
        var raceId = visit["raceId"] ?? (await races is [var next, ..] ? next.RaceId.ToString() : null);
        if (raceId is null) return visit.Show<StockPage>((nameof(StockPage.Races), await races));
        var stock = visit.ReadAsync<StockReply>("/stock", query: ("raceId", raceId));
        var ledger = visit.ReadAsync<Listed<MovementLine>>(
            "/stock/movements", query: [("raceId", raceId), ("item", visit["item"]), ("goodsSize", visit["goodsSize"]), ("page", $"{visit.Page}"), ("size", $"{Size}")]);
        return visit.Show<StockPage>(
            (nameof(StockPage.Races), await races), (nameof(StockPage.RaceId), raceId), (nameof(StockPage.Stock), await stock), (nameof(StockPage.Ledger), await ledger));
    }
}
