using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Application.Procuring;
using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>Orders of goods, from the wish to the shelf.</summary>
internal static class ProcurementEndpoints
{
    private const int MostLines = 100, LongestName = 100, LongestPhoneNo = 30;
    private const long HighestPrice = 1_000_000_000_000;

    public static void MapProcurements(this IEndpointRouteBuilder app)
    {
        app.MapGet("/procurements", async Task<IResult> (
            StockList stock, CancellationToken cancellationToken, Guid? raceId, string? status, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (status is not null && Words.Value<ProcurementStatus>(status) is null) errors["status"] = $"must be one of {string.Join(", ", Words.All<ProcurementStatus>())}";
            if (errors.Count > 0) return Invalid(errors);
            var found = await stock.OrdersAsync(raceId, Words.Value<ProcurementStatus>(status), page, cancellationToken);
            return TypedResults.Ok(page.Of(found.Items.Select(View).ToList(), found.Total));
        }).WithSummary("Orders of goods, the latest first: of one race or status.");

        app.MapGet("/procurements/{id:guid}", async Task<IResult> (Guid id, StockList stock, CancellationToken cancellationToken) =>
            await stock.OrderAsync(id, cancellationToken) is { } order ? TypedResults.Ok(View(order)) : NoOrder())
            .WithSummary("One order.");

        app.MapPost("/procurements", async Task<IResult> (OrderRequest? request, HttpRequest http, RequestGoods handler, StockList stock, CancellationToken cancellationToken) =>
        {
            if (request is null) return Problem(400, "malformed", "The body is empty. Send the order as JSON.");
            var errors = new Dictionary<string, FormattableString>();
            if (request.RaceId is null) errors["raceId"] = $"is required";
            if ((request.Lines is null) == (request.Basis is null)) errors["lines"] = $"must be given, or basis instead";
            if (request.Basis is not null && Words.Value<Basis>(request.Basis) is null) errors["basis"] = $"must be one of {string.Join(", ", Words.All<Basis>())}";
            if (request.Lines is { Count: 0 or > MostLines }) errors["lines"] = $"must be 1 to {MostLines}";
            var lines = request.Lines?.Take(MostLines).Select((line, at) => StockEndpoints.Line(line?.Item, line?.Size, line?.Quantity, $"lines[{at}].", errors)).OfType<ProcurementLine>().ToList();
            if (lines?.GroupBy(line => (line.Item, line.Size)).FirstOrDefault(same => same.Count() > 1) is { Key: var twice }) errors["lines"] = $"must be different: {twice.Item.Word()} {twice.Size} is there twice";
            var key = RequestKey.Read(http, errors);
            if (errors.Count > 0) return Invalid(errors);
            return await handler.HandleAsync(new GoodsRequest(request.RaceId!.Value, lines, Words.Value<Basis>(request.Basis) ?? default, key), cancellationToken) switch
            {
                RequestGoodsResult.NotOnChart strange => Invalid(strange.Lines.ToDictionary(at => $"lines[{at}].size", _ => (FormattableString)$"is not on the race's chart")),
                RequestGoodsResult.Requested { ProcurementId: var id } => TypedResults.Created("/procurements/" + id, View((await stock.OrderAsync(id, cancellationToken))!)),
                RequestGoodsResult.KeyReused => RequestKey.Reused(),
                RequestGoodsResult.NothingNeeded => Problem(409, "nothing-needed", "What there is and what is on order is enough."),
                _ => NotFound("There is no such race."),
            };
        }).WithSummary("Order goods: line by line, or what is needed, basis WAITING for those who are registered, CAPACITY for a full race.");

        app.MapPost("/procurements/{id:guid}/accept", async Task<IResult> (Guid id, AcceptRequest? request, ProgressProcurement handler, StockList stock, CancellationToken cancellationToken) =>
        {
            if (request is null) return Problem(400, "malformed", "The body is empty. Send the supplier's terms as JSON.");
            var errors = new Dictionary<string, FormattableString>();
            var supplier = Text("supplier", request.Supplier, LongestName);
            var contact = Text("contactName", request.ContactName, LongestName);
            var phoneNo = Text("contactPhoneNo", request.ContactPhoneNo, LongestPhoneNo);
            if (phoneNo.Length > 0 && !PhoneNumber.TryParse(phoneNo, out _)) errors["contactPhoneNo"] = $"must be a phone number";
            if (request.Price is not (>= 0 and <= HighestPrice)) errors["price"] = $"must be from {0} to {HighestPrice}";
            if (request.Currency is not (null or { Length: 3 }) || request.Currency?.All(char.IsAsciiLetterUpper) is false) errors["currency"] = $"must be three capital letters";
            if (request.DueDate is not { Year: >= 2000 and <= 2200 }) errors["dueDate"] = $"must be between 2000 and 2200";
            if (request.Language is not (null or Languages.Korean or Languages.English)) errors["language"] = $"must be one of {"ko, en"}";
            if (errors.Count > 0) return Invalid(errors);
            return await AnswerAsync(new ProcurementStep.Accept(id, new Supply(
                supplier, contact, phoneNo, request.Language ?? Languages.Korean, request.Price!.Value, request.Currency ?? "KRW", request.DueDate!.Value)), handler, stock, cancellationToken);

            string Text(string field, string? written, int longest)
            {
                if (written?.Trim() is { Length: > 0 } text && text.Length <= longest && !text.Any(char.IsControl)) return text;
                errors[field] = $"is required, with at most {longest} characters";
                return "";
            }
        }).WithSummary("A supplier accepts an order: who, for how much, until when, and whom to tell of the inspection.");

        app.MapPost("/procurements/{id:guid}/ship", (Guid id, ProgressProcurement handler, StockList stock, CancellationToken cancellationToken) =>
            AnswerAsync(new ProcurementStep.Ship(id), handler, stock, cancellationToken))
            .WithSummary("The supplier has sent the goods.");

        app.MapPost("/procurements/{id:guid}/inspect", async Task<IResult> (Guid id, InspectRequest? request, ProgressProcurement handler, StockList stock, CancellationToken cancellationToken) =>
        {
            if (request is null) return Problem(400, "malformed", "The body is empty. Send what was found as JSON.");
            var errors = new Dictionary<string, FormattableString>();
            var findings = new List<Finding>();
            if (request.Lines is not { Count: > 0 and <= MostLines }) errors["lines"] = $"must be 1 to {MostLines}";
            foreach (var (at, line) in (request.Lines ?? []).Take(MostLines).Index())
            {
                var (passed, failed) = (line?.Passed, line?.Failed ?? 0);
                if (Words.Value<Item>(line?.Item) is not { } item) errors[$"lines[{at}].item"] = $"must be one of {string.Join(", ", Words.All<Item>())}";
                else if (passed is not (>= 0 and <= StockEndpoints.MostPieces)) errors[$"lines[{at}].passed"] = $"must be from {0} to {StockEndpoints.MostPieces}";
                else if (failed is not (>= 0 and <= StockEndpoints.MostPieces)) errors[$"lines[{at}].failed"] = $"must be from {0} to {StockEndpoints.MostPieces}";
                else findings.Add(new Finding(item, line!.Size?.Trim() ?? "", passed.Value, failed));
            }
            return errors.Count > 0 ? Invalid(errors) : await AnswerAsync(new ProcurementStep.Inspect(id, findings), handler, stock, cancellationToken);
        }).WithSummary("Say what was found of every line of an order: what passed is in stock at once, and the supplier is told.");

        app.MapPost("/procurements/{id:guid}/cancel", (Guid id, ProgressProcurement handler, StockList stock, CancellationToken cancellationToken) =>
            AnswerAsync(new ProcurementStep.Cancel(id), handler, stock, cancellationToken))
            .WithSummary("Cancel an order that was not inspected yet, with all that hangs on it.");
    }

    /// <summary>The body of <c>POST /procurements</c>: with lines or a basis.</summary>
    internal sealed record OrderRequest(Guid? RaceId, IReadOnlyList<LineRequest?>? Lines, string? Basis);

    /// <summary>A line of an order.</summary>
    internal sealed record LineRequest(string? Item, string? Size, int? Quantity);

    /// <summary>The body of <c>POST /procurements/{id}/accept</c>.</summary>
    /// <param name="Price">For all of it, in whole units of the currency.</param>
    /// <param name="Currency">ISO 4217; KRW when left out.</param>
    /// <param name="Language">Of the message to the contact, <c>ko</c> or <c>en</c>; Korean when left out.</param>
    internal sealed record AcceptRequest(string? Supplier, string? ContactName, string? ContactPhoneNo, long? Price, string? Currency, DateOnly? DueDate, string? Language);

    /// <summary>The body of <c>POST /procurements/{id}/inspect</c>.</summary>
    internal sealed record InspectRequest(IReadOnlyList<FindingRequest?>? Lines);

    /// <summary>What was found of a line. What neither passed nor failed did not come.</summary>
    internal sealed record FindingRequest(string? Item, string? Size, int? Passed, int? Failed);

    private static object View(StoredProcurement stored) => new
    {
        procurementId = stored.Procurement.Id,
        number = stored.Procurement.Number,
        raceId = stored.Procurement.RaceId,
        status = stored.Procurement.Status.Word(),
        lines = stored.Procurement.Lines.Select(line => new { item = line.Item.Word(), size = line.Size, quantity = line.Quantity, passed = line.Passed, failed = line.Failed }),
        supplier = stored.Procurement.Supply?.Name,
        contactName = stored.Procurement.Supply?.ContactName,
        contactPhoneNo = stored.Procurement.Supply?.ContactPhoneNo,
        language = stored.Procurement.Supply?.Language,
        price = stored.Procurement.Supply?.Price,
        currency = stored.Procurement.Supply?.Currency,
        dueDate = stored.Procurement.Supply?.DueDate,
        requestedAt = stored.RequestedAt,
        since = stored.Since,
    };

    private static async Task<IResult> AnswerAsync(ProcurementStep step, ProgressProcurement handler, StockList stock, CancellationToken cancellationToken) =>
        await handler.HandleAsync(step, cancellationToken) switch
        {
            ProcurementResult.Done => TypedResults.Ok(View((await stock.OrderAsync(step.ProcurementId, cancellationToken))!)),
            ProcurementResult.WrongState wrong => Problem(409, "wrong-state", "This cannot be done to the order any more, or not yet: procurementStatus says where it is.", new Dictionary<string, object?> { ["procurementStatus"] = wrong.Status.Word() }),
            ProcurementResult.Invalid invalid => Invalid(invalid.Errors),
            _ => NoOrder(),
        };

    private static ProblemHttpResult NoOrder() => NotFound("There is no such order.");
}
