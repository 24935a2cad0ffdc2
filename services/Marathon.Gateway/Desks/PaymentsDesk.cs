namespace Marathon.Gateway.Desks;

/// <summary>What became of every won, with the attempts that it took.</summary>
internal static class PaymentsDesk
{
    public static void MapPaymentsDesk(this WebApplication app)
    {
        app.MapGet(Console.Payments, async (HttpContext context) =>
        {
            var visit = new Visit(context);
            var payments = visit["number"] is { } number
                ? await visit.FindAsync<PaymentLine>("/payments/{number}", $"/payments/{Uri.EscapeDataString(number)}") is { } one ? new Listed<PaymentLine>(1, 1, 1, [one]) : new Listed<PaymentLine>(0, 1, 1, [])
                : await visit.ReadAsync<Listed<PaymentLine>>("/payments", query: [("status", visit["status"]), ("page", $"{visit.Page}"), ("size", "50")]);
            return visit.Show<PaymentsPage>((nameof(PaymentsPage.Payments), payments));
        });
    }
}
