using System.Text.Json;
using Marathon.Fulfilment.Adapters.Carrier;
using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Returning;
using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using static Marathon.ServiceDefaults.Http.Problems;

namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>What the carrier says of parcels. Who says it is known by the signature.</summary>
internal static class CarrierEndpoints
{
    public static void MapCarriers(this IEndpointRouteBuilder app) =>
        app.MapPost($"/carriers/{SimulatedCarrier.PathName}/callbacks", CallBackAsync)
            .WithSummary("The carrier says that a parcel has arrived, or has come back to us. Said twice is the same as once.");

    private sealed record Report(string? TrackingNumber, string? Status);

    private static async Task<IResult> CallBackAsync(
        HttpContext http, FulfilmentOptions options, DeliveryList deliveries, DeliverGoods deliver, ReturnGoods back, TimeProvider time, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, cancellationToken);
        if (!CallbackSignature.IsRight(http.Request.Headers[CallbackSignature.Header], options.Carrier.Secret, body.ToArray(), time.GetUtcNow()))
            return Problem(401, "wrong-signature", "The signature is missing, wrong or too old.");
        Actor.Become("carrier");
        var report = Read(body.ToArray());
        var errors = new Dictionary<string, FormattableString>();
        if (report?.TrackingNumber is not { Length: > 0 and <= DeliveryEndpoints.LongestTrackingNumber } number || number.Contains('\0')) errors["trackingNumber"] = $"is required, with at most {DeliveryEndpoints.LongestTrackingNumber} characters";
        if (report?.Status is not ("DELIVERED" or "RETURNED")) errors["status"] = $"must be one of {"DELIVERED, RETURNED"}";
        if (errors.Count > 0) return Invalid(errors);

        var parcel = new Shipment(SimulatedCarrier.Name, report!.TrackingNumber!);
        var ids = await deliveries.CarriedAsync(parcel, cancellationToken);
        if (ids.Count == 0) return NotFound("There is no parcel with this number.");
        // A parcel that has arrived already, or a kit that is somewhere else by now, changes nothing: there is nothing that the carrier could do about it.
        _ = report.Status is "DELIVERED"
            ? await deliver.HandleAsync(new DeliverKits(ids, parcel), cancellationToken)
            : await back.HandleAsync(new ReturnKits(ids, IsGood: true, parcel), cancellationToken);
        return TypedResults.NoContent();
    }

    private static Report? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<Report>(body, MarathonJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
