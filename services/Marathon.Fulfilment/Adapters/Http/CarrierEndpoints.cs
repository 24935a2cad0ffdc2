using System.Text.Json;
using Marathon.Fulfilment.Adapters.Carrier;
using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Application.Returning;
using Marathon.Messaging;
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
        HttpContext http, FulfilmentOptions options, IDeliveries deliveries, DeliverGoods deliver, ReturnGoods back, Outbox outbox, TimeProvider time, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, cancellationToken);
        if (!CallbackSignature.IsRight(http.Request.Headers[CallbackSignature.Header], options.Carrier.Secret, body.ToArray(), time.GetUtcNow()))
            return Problem(401, "wrong-signature", "The signature is missing, wrong or too old.");
        if (Read(body.ToArray()) is not { TrackingNumber: { Length: > 0 and <= 50 } number, Status: "DELIVERED" or "RETURNED" } report || number.Contains('\0'))
            return Invalid(new Dictionary<string, FormattableString> { ["status"] = $"must be one of {"DELIVERED, RETURNED"}" });

        Guid? id;
        await using (var work = await outbox.BeginAsync(cancellationToken)) id = await deliveries.CarriedAsync(SimulatedCarrier.Name, number, work, cancellationToken);
        if (id is not { } registration) return NotFound("There is no parcel with this number.");
        // A parcel that has arrived already, or a kit that is somewhere else by now, changes nothing: there is nothing that the carrier could do about it.
        _ = report.Status is "DELIVERED"
            ? await deliver.HandleAsync(new DeliverKit(registration), cancellationToken)
            : await back.HandleAsync(new ReturnKit(registration, IsGood: true), cancellationToken);
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
