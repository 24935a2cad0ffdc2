using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Application.Procuring;
using Marathon.Fulfilment.Application.Stocking;
using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>What there is, what is needed, and how it came to be.</summary>
internal static class StockEndpoints
{
    internal const int LongestSize = 10, MostPieces = 1_000_000;

    private const int LongestNote = 200;

    public static void MapStock(this IEndpointRouteBuilder app)
    {
        app.MapGet("/stock", async Task<IResult> (Guid raceId, StockList stock, CancellationToken cancellationToken) =>
        {
            if (await stock.DemandAsync(raceId, cancellationToken) is not var (demand, places)) return NotFound("There is no such race.");
            return TypedResults.Ok(new
            {
                raceId,
                places,
                items = demand.Select(each => each.Of(demand, places) is var need ? new StockView(
                    each.Sku.Item.Word(), each.Sku.Size, each.Level.Received, each.Level.Free, each.Level.Allocated, each.Level.Gone, each.Level.Scrapped,
                    each.Runners, each.Awaited, each.OnOrder, need.Now, need.AtCapacity) : null!),
            });
        }).WithSummary("A race's goods by item and size: what there is, who waits for it, what is on order, and what has to be bought.");

        app.MapGet("/stock/movements", async Task<IResult> (
            Guid raceId, StockList stock, CancellationToken cancellationToken, string? item, string? goodsSize, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (item is not null && Words.Value<Item>(item) is null) errors["item"] = $"must be one of {string.Join(", ", Words.All<Item>())}";
            if (goodsSize is { Length: > LongestSize } || goodsSize?.Contains('\0') is true) errors["goodsSize"] = $"must be 1 to {LongestSize} characters";
            if (errors.Count > 0) return Invalid(errors);
            return TypedResults.Ok(await stock.MovementsAsync(raceId, Words.Value<Item>(item), goodsSize, page, cancellationToken));
        }).WithSummary("The ledger of a race's goods, the latest movement first; of one item, or one size.");

        app.MapPost("/stock/movements", async Task<IResult> (MovementRequest? request, HttpRequest http, MoveStock handler, CancellationToken cancellationToken) =>
        {
            var errors = new Dictionary<string, FormattableString>();
            if (request is null) return Problem(400, "malformed", "The body is empty. Send the movement as JSON.");
            if (request.RaceId is null) errors["raceId"] = $"is required";
            var line = Line(request.Item, request.Size, request.Quantity, "", errors);
            if (Words.Value<MovementKind>(request.Kind) is not (MovementKind.Received or MovementKind.Scrapped)) errors["kind"] = $"must be one of {"RECEIVED, SCRAPPED"}";
            if (request.Note?.Trim() is not { Length: > 0 and <= LongestNote } note || note.Contains('\0')) errors["note"] = $"is required, with at most {LongestNote} characters";
            var key = RequestKey.Read(http, errors);
            if (errors.Count > 0) return Invalid(errors);
            var movement = new Movement(new Sku(request.RaceId!.Value, line!.Item, line.Size), Words.Value<MovementKind>(request.Kind)!.Value, line.Quantity, Note: request.Note!.Trim(), RequestKey: key);
            var (result, level) = await handler.HandleAsync(movement, cancellationToken);
            return result switch
            {
                MoveStockResult.Moved => TypedResults.Ok(new { item = line.Item.Word(), size = line.Size, received = level.Received, free = level.Free, allocated = level.Allocated, gone = level.Gone, scrapped = level.Scrapped }),
                MoveStockResult.NotOnChart => Invalid(new Dictionary<string, FormattableString> { ["size"] = $"is not on the race's chart" }),
                MoveStockResult.NoRace => NotFound("There is no such race."),
                MoveStockResult.KeyReused => RequestKey.Reused(),
                _ => Problem(409, "not-enough", "There are not so many free pieces: free says how many there are.", new Dictionary<string, object?> { ["free"] = level.Free }),
            };
        }).WithSummary("Write into the ledger what no order explains: goods that came, or were spoilt, and why.");
    }

    /// <summary>A line that names an item, a size and how many; null, and what is wrong, when it does not.</summary>
    internal static ProcurementLine? Line(string? item, string? size, int? quantity, string prefix, Dictionary<string, FormattableString> errors)
    {
        var before = errors.Count;
        if (Words.Value<Item>(item) is null) errors[prefix + "item"] = $"must be one of {string.Join(", ", Words.All<Item>())}";
        if (size?.Trim() is not { Length: > 0 and <= LongestSize } text || text.Any(char.IsControl)) errors[prefix + "size"] = $"must be 1 to {LongestSize} characters";
        if (quantity is not (> 0 and <= MostPieces)) errors[prefix + "quantity"] = $"must be from {1} to {MostPieces}";
        return errors.Count > before ? null : new ProcurementLine(Words.Value<Item>(item)!.Value, size!.Trim(), quantity!.Value);
    }

    /// <summary>What there is of an item in a size.</summary>
    /// <param name="Received">What ever came: the sum of the next four.</param>
    /// <param name="Runners">Runners on the roll in this size.</param>
    /// <param name="Awaited">Of those, who wait for a piece.</param>
    /// <param name="OnOrder">Ordered and not inspected yet.</param>
    /// <param name="NeededNow">To be bought so that all who are registered have theirs.</param>
    /// <param name="NeededAtCapacity">To be bought for a full race, if sizes are chosen as up to now.</param>
    internal sealed record StockView(
        string Item, string Size, int Received, int Free, int Allocated, int Gone, int Scrapped, int Runners, int Awaited, int OnOrder, int NeededNow, int NeededAtCapacity);

    /// <summary>The body of <c>POST /stock/movements</c>.</summary>
    internal sealed record MovementRequest(Guid? RaceId, string? Item, string? Size, string? Kind, int? Quantity, string? Note);
}
