using Marathon.Payments.Adapters.Postgres;
using Marathon.Payments.Domain;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Payments.Adapters.Http;

/// <summary>What became of every won. Like all of a service for those only who present the services' credential; the gateway lets organisers and auditors in.</summary>
internal static class PaymentEndpoints
{
    private static readonly Dictionary<string, PaymentStatus> States = Enum.GetValues<PaymentStatus>().ToDictionary(PaymentRow.Name);

    public static void MapPayments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/payments", async Task<IResult> (PaymentList payments, CancellationToken cancellationToken, string? status, [AsParameters] PageQuery page) =>
        {
            var errors = page.Wrong();
            if (status is not null && !States.ContainsKey(status)) errors["status"] = $"must be one of {string.Join(", ", States.Keys)}";
            if (errors.Count > 0) return Problems.Invalid(errors);
            return TypedResults.Ok(await payments.PageAsync(status is null ? null : States[status], page, cancellationToken));
        }).WithSummary("Payments, the latest registrations first; of one status, if it is named.");

        app.MapGet("/payments/{name}", async Task<IResult> (string name, PaymentList payments, CancellationToken cancellationToken) =>
            await payments.FindAsync(name, cancellationToken) is { } payment
                ? TypedResults.Ok(payment)
                : Problems.NotFound("No charge was ever asked for a registration of this number or id."))
            .WithSummary("The payment of a registration, by its number or its id.");
    }
}
