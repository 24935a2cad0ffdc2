using System.Text.Json.Serialization;
using Marathon.Payments.Application.Charging;
using Marathon.Payments.Application.Voiding;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marathon.Payments.Adapters.Http;

/// <summary>What Registration asks of Payment. Not routed by the gateway.</summary>
internal static partial class ChargeEndpoints
{
    public sealed record ChargeRequest(Guid RegistrationId, string? Number, int Amount, string? Currency, string? Token);

    public sealed record VoidRequest(string? Number, int Amount, string? Currency);

    /// <param name="Status"><c>COMPLETED</c> (also when it has been refunded since), <c>DECLINED</c>, <c>VOIDED</c>; <c>REQUESTED</c> while it is not decided.</param>
    public sealed record ChargeAnswer(string Status);

    /// <summary>Reading and writing these three is a good part of a charge's cost here: generated, not reflected.</summary>
    [JsonSerializable(typeof(ChargeRequest)), JsonSerializable(typeof(VoidRequest)), JsonSerializable(typeof(ChargeAnswer))]
    internal sealed partial class ChargeJson : JsonSerializerContext;

    public static void MapCharges(this IEndpointRouteBuilder app)
    {
        app.MapPost("/charges", ChargeAsync).ExcludeFromDescription();
        app.MapPost("/charges/{registrationId:guid}/void", VoidAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> ChargeAsync(ChargeRequest request, ChargeRegistrationHandler handler, HttpResponse response, CancellationToken cancellationToken)
    {
        if (Check(request.RegistrationId, request.Number, request.Amount, request.Currency, request.Token) is { } invalid) return invalid;

        var command = new ChargeRegistration(request.RegistrationId, request.Number!, request.Amount, request.Currency!, request.Token);
        switch (await handler.HandleAsync(command, cancellationToken))
        {
            case ChargeResult.Known known:
                return TypedResults.Ok(Answer(known.Payment));
            case ChargeResult.Different:
                return Problems.Problem(409, "charge-differs", "This registration has a payment of another amount, currency or number.");
            default:
                // Too many wait, or the provider takes long, or has failed at this one: who says when to come again lives, and others are to be charged meanwhile (HttpResilience).
                response.Headers.RetryAfter = "1";
                return Problems.Problem(503, "outcome-unknown", "The charge may or may not have been made. Ask again with the same registration.");
        }
    }

    private static async Task<IResult> VoidAsync(Guid registrationId, VoidRequest request, VoidPaymentHandler handler, CancellationToken cancellationToken)
    {
        if (Check(registrationId, request.Number, request.Amount, request.Currency, token: null) is { } invalid) return invalid;
        return TypedResults.Ok(Answer(await handler.HandleAsync(new VoidPayment(registrationId, request.Number!, request.Amount, request.Currency!), cancellationToken)));
    }

    private static ChargeAnswer Answer(Payment payment) => new(payment.Status switch
    {
        PaymentStatus.Requested => "REQUESTED",
        PaymentStatus.Declined => "DECLINED",
        PaymentStatus.Voided => "VOIDED",
        _ => "COMPLETED",
    });

    private static ProblemHttpResult? Check(Guid registrationId, string? number, int amount, string? currency, string? token)
    {
        if (registrationId != Guid.Empty && number is { Length: > 0 and <= 32 } && amount >= 0 && IsCurrency(currency) && token is not { Length: > 200 }) return null;

        var errors = new Dictionary<string, FormattableString>();
        if (registrationId == Guid.Empty) errors["registrationId"] = $"is missing";
        if (number is not { Length: > 0 and <= 32 }) errors["number"] = $"must have 1 to 32 characters";
        if (amount < 0) errors["amount"] = $"must not be negative";
        if (!IsCurrency(currency)) errors["currency"] = $"must be three capital letters (ISO 4217)";
        if (token is { Length: > 200 }) errors["token"] = $"must have at most 200 characters";
        return Problems.Invalid(errors);

        static bool IsCurrency(string? text) => text is { Length: 3 } && text.All(char.IsAsciiLetterUpper);
    }
}
