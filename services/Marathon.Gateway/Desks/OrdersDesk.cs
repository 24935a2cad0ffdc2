namespace Marathon.Gateway.Desks;

/// <summary>Orders of goods, from the wish to the shelf.</summary>
internal static class OrdersDesk
{
    private static readonly string[] Steps = ["ship", "cancel"];

    public static void MapOrdersDesk(this WebApplication app)
    {
        app.MapGet(Console.Orders, Task<IResult> (HttpContext context) => ShowAllAsync(new Visit(context)));
        app.MapPost(Console.Orders, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            if (visit.Text("race") is "") return Results.BadRequest();
            var reply = await visit.SendAsync("POST", "/procurements", body: new { raceId = Guid.TryParse(visit.Text("race"), out var race) ? race : (Guid?)null, basis = visit.Text("basis") }, key: visit.Some("key"));
            return reply.As<OrderLine>() is { } order ? visit.Back("ordered", $"{Console.Orders}/{order.ProcurementId}") : await ShowAllAsync(visit);
        });
        app.MapGet(Console.Order, (Guid id, HttpContext context) => ShowAsync(new Visit(context), id));
        app.MapPost(Console.Order, async (Guid id, HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var command = visit.Text("do");
            if (command is "accept") await visit.SendAsync("POST", "/procurements/{id:guid}/accept", $"/procurements/{id}/accept", Terms(visit));
            else if (command is "inspect") await visit.SendAsync("POST", "/procurements/{id:guid}/inspect", $"/procurements/{id}/inspect", Findings(visit));
            else if (Steps.Contains(command)) await visit.SendAsync("POST", "/procurements/{id:guid}/" + command, $"/procurements/{id}/{command}");
            else return Results.BadRequest();
            return visit.Refusal is null ? visit.Back(command) : await ShowAsync(visit, id);
        });
    }

    private static object Terms(Visit visit) => new
    {
        supplier = visit.Text("supplier"), contactName = visit.Text("contactName"), contactPhoneNo = visit.Text("contactPhoneNo"), price = visit.Number("price"), currency = "KRW", dueDate = visit.Day("dueDate"),
        language = visit.Language,
    };

    private static object Findings(Visit visit) => new
    {
        lines = visit.All("item").Zip(visit.All("size")).Select((goods, at) => new { item = goods.First, size = goods.Second, passed = Number(visit.All("passed"), at), failed = Number(visit.All("failed"), at) }),
    };

    private static int? Number(IReadOnlyList<string> typed, int at) => at < typed.Count && int.TryParse(typed[at], System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static async Task<IResult> ShowAllAsync(Visit visit)
    {
        var races = visit.RacesAsync();
        var orders = await visit.ReadAsync<Listed<OrderLine>>("/procurements", query: [("raceId", visit["raceId"]), ("status", visit["status"]), ("page", $"{visit.Page}"), ("size", "50")]);
        return visit.Show<OrdersPage>((nameof(OrdersPage.Races), await races), (nameof(OrdersPage.Orders), orders));
    }

    private static async Task<IResult> ShowAsync(Visit visit, Guid id)
    {
        if (await visit.ReadAsync<OrderLine>("/procurements/{id:guid}", $"/procurements/{id}") is not { } order) return visit.NotThere();
        return visit.Show<OrderPage>((nameof(OrderPage.Order), order), (nameof(OrderPage.Race), await visit.FindAsync<RaceLine>("/races/{raceId}", $"/races/{order.RaceId}")));
    }
}
