using CsvHelper;
using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Dispatching;
using Marathon.Fulfilment.Application.PickingUp;
using Marathon.Fulfilment.Application.Returning;
using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>The kits on their way.</summary>
internal static class DeliveryEndpoints
{
    /// <summary>Kits in one call: many times what is packed in a day, and few enough for one transaction.</summary>
    public const int MostAtOnce = 1000;

    public const int LongestTrackingNumber = 50;

    private const int MostErrors = 20, LongestCarrier = 50, LongestNumber = 40;

    public static void MapDeliveries(this IEndpointRouteBuilder app)
    {
        app.MapGet("/deliveries", async Task<IResult> (
            DeliveryList deliveries, CancellationToken cancellationToken, Guid? raceId, string? status, string? trackingNumber, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (status is not null && Words.Value<DeliveryStatus>(status) is null) errors["status"] = $"must be one of {string.Join(", ", Words.All<DeliveryStatus>())}";
            if (trackingNumber is { Length: > LongestTrackingNumber } || trackingNumber?.Contains('\0') is true) errors["trackingNumber"] = $"is longer than {LongestTrackingNumber} characters";
            if (errors.Count > 0) return Invalid(errors);
            return TypedResults.Ok(await deliveries.PageAsync(raceId, Words.Value<DeliveryStatus>(status), trackingNumber, page, cancellationToken));
        }).WithSummary("Kits, those first whose places were paid for first: of one race or status, or under a tracking number.");

        app.MapGet("/deliveries/{number}", async Task<IResult> (string number, DeliveryList deliveries, CancellationToken cancellationToken) =>
            await deliveries.FindAsync(RegistrationNumber.Normal(number), cancellationToken) is { } delivery ? TypedResults.Ok(delivery) : NoKit())
            .WithSummary("One kit, by the registration's number.");

        app.MapGet("/deliveries/labels.csv", (Guid raceId, DeliveryList deliveries, CancellationToken cancellationToken) =>
            Results.Stream(stream => WriteLabelsAsync(stream, deliveries.ReadyAsync(raceId, cancellationToken), cancellationToken), "text/csv; charset=utf-8", "labels.csv"))
            .WithSummary("Address labels of all kits of a race that are ready to be sent.");

        app.MapPost("/deliveries/dispatch", async Task<IResult> (DispatchRequest? request, HttpRequest http, DispatchGoods dispatch, CancellationToken cancellationToken) =>
        {
            var errors = new Dictionary<string, FormattableString>();
            var key = RequestKey.Read(http, errors);
            if (errors.Count > 0) return Invalid(errors);
            if (request is { RaceId: { } race, Numbers: null })
            {
                var ready = await dispatch.HandleAsync(new DispatchRace(race, MostAtOnce, key), cancellationToken);
                return Many([.. ready.Before.Select(kit => kit.Number)], ready);
            }
            if (request is not { RaceId: null, Numbers: { Count: > 0 and <= MostAtOnce } written } || written.Any(number => number is not { Length: > 0 and <= LongestNumber } || number.Contains('\0')))
                return Invalid(new Dictionary<string, FormattableString> { ["numbers"] = $"must be 1 to {MostAtOnce} registrations' numbers, or raceId must be given instead" });
            var numbers = written.Select(number => RegistrationNumber.Normal(number!)).ToHashSet();
            return Many(numbers, await dispatch.HandleAsync(new DispatchKits(numbers.ToDictionary(number => number, _ => (Shipment?)null)), cancellationToken));
        }).WithSummary($"Hand kits to the carrier, by number, or the first {MostAtOnce} of a race that are ready: under an Idempotency-Key these once, however often it is sent.");

        app.MapPost("/deliveries/dispatch.csv", async Task<IResult> (HttpRequest request, DispatchGoods dispatch, CancellationToken cancellationToken) =>
        {
            var (shipments, errors) = await ReadShipmentsAsync(request.Body, cancellationToken);
            if (errors.Count > 0) return Invalid(errors);
            return Many([.. shipments.Keys], await dispatch.HandleAsync(new DispatchKits(shipments), cancellationToken));
        })
            .Accepts<string>("text/csv").WithMetadata(new RequestSizeLimitAttribute(RequestLimits.FileBytes))
            .WithSummary("Say under which tracking numbers kits have left: a file with the columns number, carrier, trackingNumber. A wrong line changes nothing.");

        app.MapPost("/deliveries/{number}/dispatch", async Task<IResult> (string number, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] ShipmentRequest? request, DispatchGoods dispatch, CancellationToken cancellationToken) =>
        {
            var errors = new Dictionary<string, FormattableString>();
            if (request is { Carrier: not null } or { TrackingNumber: not null }) Check(request.Carrier, request.TrackingNumber, "carrier", "trackingNumber", errors);
            if (errors.Count > 0) return Invalid(errors);
            var shipment = request?.Carrier is null ? null : new Shipment(request.Carrier.Trim(), request.TrackingNumber!.Trim());
            return One(await dispatch.HandleAsync(new DispatchKits(new Dictionary<string, Shipment?> { [RegistrationNumber.Normal(number)] = shipment }), cancellationToken));
        }).WithSummary("Hand a kit to the carrier; or say which carrier has it, under which number.");

        Map("delivered", "Say that a kit has arrived.", (DeliverGoods deliver, IReadOnlyList<Guid> kit, CancellationToken ct) => deliver.HandleAsync(new DeliverKits(kit), ct));
        Map("picked-up", "Hand a kit out.", (PickUpGoods pickUp, IReadOnlyList<Guid> kit, CancellationToken ct) => pickUp.HandleAsync(new PickUpKits(kit), ct));

        app.MapPost("/deliveries/{number}/returned", async Task<IResult> (
            string number, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] ReturnRequest? request, ReturnGoods back, DeliveryList deliveries, CancellationToken cancellationToken) =>
            request?.Condition is not (null or "GOOD" or "DAMAGED")
                ? Invalid(new Dictionary<string, FormattableString> { ["condition"] = $"must be one of {"GOOD, DAMAGED"}" })
                : One(await back.HandleAsync(new ReturnKits(await deliveries.IdsAsync(RegistrationNumber.Normal(number), cancellationToken), request?.Condition is not "DAMAGED"), cancellationToken)))
            .WithSummary("Say that a kit has come back: good, and somebody else can have it, or damaged, and it is scrapped. A runner who is still registered gets another.");

        void Map<TUseCase>(string step, string summary, Func<TUseCase, IReadOnlyList<Guid>, CancellationToken, Task<KitSteps>> take) where TUseCase : notnull => app
            .MapPost($"/deliveries/{{number}}/{step}", async Task<IResult> (string number, [FromServices] TUseCase useCase, DeliveryList deliveries, CancellationToken cancellationToken) =>
                One(await take(useCase, await deliveries.IdsAsync(RegistrationNumber.Normal(number), cancellationToken), cancellationToken)))
            .WithSummary(summary);
    }

    /// <summary>The body of <c>POST /deliveries/dispatch</c>: one of the two.</summary>
    internal sealed record DispatchRequest(IReadOnlyList<string?>? Numbers, Guid? RaceId);

    /// <summary>The body of <c>POST /deliveries/{number}/dispatch</c>: both or neither.</summary>
    internal sealed record ShipmentRequest(string? Carrier, string? TrackingNumber);

    /// <summary>The body of <c>POST /deliveries/{number}/returned</c>.</summary>
    /// <param name="Condition"><c>GOOD</c> or <c>DAMAGED</c>; good when left out.</param>
    internal sealed record ReturnRequest(string? Condition);

    private static IResult One(KitSteps steps) =>
        steps.Before is not [var before] ? NoKit()
        : steps.Steps is [.., var after] ? TypedResults.Ok(new { number = after.Number, deliveryStatus = after.Status.Word(), carrier = after.Shipment?.Carrier, trackingNumber = after.Shipment?.TrackingNumber })
        : Problem(409, "wrong-state", "This cannot be done to the kit any more, or not yet: deliveryStatus says where it is.", new Dictionary<string, object?> { ["deliveryStatus"] = before.Status.Word() });

    /// <summary>What became of kits that were to leave together.</summary>
    internal sealed record DispatchAnswer(IEnumerable<DispatchedKit> Dispatched, IEnumerable<RefusedKit> Refused);

    /// <summary>One that left.</summary>
    internal sealed record DispatchedKit(string Number, string Carrier, string TrackingNumber);

    /// <summary>One that did not.</summary>
    /// <param name="Code"><c>wrong-state</c>, or <c>not-found</c>.</param>
    /// <param name="DeliveryStatus">Where it is.</param>
    internal sealed record RefusedKit(string Number, string Code, string? DeliveryStatus);

    /// <summary>Who cannot be sent a kit keeps nobody else waiting.</summary>
    private static Ok<DispatchAnswer> Many(HashSet<string> asked, KitSteps steps)
    {
        var (found, left) = (steps.Before.ToDictionary(kit => kit.Number), steps.Steps.ToDictionary(kit => kit.Number));
        return TypedResults.Ok(new DispatchAnswer(
            left.Values.Select(kit => new DispatchedKit(kit.Number, kit.Shipment!.Carrier, kit.Shipment.TrackingNumber)),
            asked.Where(number => !left.ContainsKey(number)).Select(number => found.TryGetValue(number, out var kit)
                ? new RefusedKit(number, "wrong-state", kit.Status.Word())
                : new RefusedKit(number, "not-found", null))));
    }

    private static async Task<(Dictionary<string, Shipment?> Shipments, Dictionary<string, FormattableString> Errors)> ReadShipmentsAsync(Stream body, CancellationToken cancellationToken)
    {
        var (shipments, errors) = (new Dictionary<string, Shipment?>(), new Dictionary<string, FormattableString>());
        using var text = new StreamReader(body);
        using var csv = CsvReader.FromText(await text.ReadToEndAsync(cancellationToken), new CsvReaderOptions
        {
            TrimWhitespace = true, MissingField = CsvMissingFieldHandling.ReturnEmpty, MalformedData = CsvMalformedDataHandling.Throw, TrackLineNumbers = true,
        });
        try
        {
            Read();
        }
        catch (CsvFormatException broken)
        {
            // It would swallow the lines behind it.
            errors[$"line {Math.Max(1, broken.LineNumber)}"] = $"cannot be read: a quote is in the wrong place";
        }
        return (shipments, errors);

        void Read()
        {
            if (!csv.TryGetFieldIndex("number", out var number) || !csv.TryGetFieldIndex("carrier", out var carrier) || !csv.TryGetFieldIndex("trackingNumber", out var tracking))
            {
                errors["line 1"] = $"must name the columns number, carrier and trackingNumber";
                return;
            }
            while (errors.Count < MostErrors && csv.Read())
            {
                var line = $"line {csv.LineNumber}";
                var name = csv.GetString(number);
                if (name is not { Length: > 0 and <= LongestNumber } || name.Contains('\0')) errors[$"{line}, number"] = $"is required";
                else if (shipments.Count == MostAtOnce) errors[line] = $"must not be more than {MostAtOnce}";
                else if (Check(csv.GetString(carrier), csv.GetString(tracking), $"{line}, carrier", $"{line}, trackingNumber", errors)
                    && !shipments.TryAdd(RegistrationNumber.Normal(name), new Shipment(csv.GetString(carrier), csv.GetString(tracking))))
                    errors[$"{line}, number"] = $"is there twice";
            }
            if (shipments.Count == 0 && errors.Count == 0) errors["line 2"] = $"is required";
        }
    }

    private static bool Check(string? carrier, string? trackingNumber, string carrierField, string numberField, Dictionary<string, FormattableString> errors)
    {
        if (carrier?.Trim() is not { Length: > 0 and <= LongestCarrier } name || name.Any(char.IsControl)) errors[carrierField] = $"is required, with at most {LongestCarrier} characters";
        if (trackingNumber?.Trim() is not { Length: > 0 and <= LongestTrackingNumber } number || number.Any(char.IsControl)) errors[numberField] = $"is required, with at most {LongestTrackingNumber} characters";
        return !errors.ContainsKey(carrierField) && !errors.ContainsKey(numberField);
    }

    /// <summary>Names and addresses are what somebody typed: one that begins like a formula must not be one to whoever opens the file in a spreadsheet; which knows UTF-8, and Korean names, by its mark.</summary>
    private static async Task WriteLabelsAsync(Stream stream, IAsyncEnumerable<DeliveryView> kits, CancellationToken cancellationToken)
    {
        await using var csv = CsvWriter.Create(stream, new CsvWriterOptions { Injection = CsvInjection.Escape, WriteByteOrderMark = true }, leaveOpen: true);
        await csv.WriteRecordAsync(["number", "name", "phoneNo", "address", "topSize", "bottomSize"], cancellationToken);
        await foreach (var kit in kits.WithCancellation(cancellationToken))
            await csv.WriteRecordAsync([kit.Number, kit.Name, kit.PhoneNo, kit.Address, kit.TopSize, kit.BottomSize], cancellationToken);
        await csv.FlushAsync(cancellationToken);
    }

    private static ProblemHttpResult NoKit() => NotFound("There is no kit for this number.");
}
