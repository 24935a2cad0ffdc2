using Marathon.ServiceDefaults.Values;

namespace Marathon.Gateway.Desks;

/// <summary>Who is registered; and of one registration everything that anybody knows.</summary>
internal static class RegistrationsDesk
{
    private static readonly string[] Filters = ["raceId", "divisionId", "status", "payStatus", "deliveryStatus", "kitSize", "q", "sort"];

    public static void MapRegistrationsDesk(this WebApplication app)
    {
        app.MapGet(Console.Registrations, async (HttpContext context) =>
        {
            var visit = new Visit(context);
            var races = visit.RacesAsync();
            var list = await visit.ReadAsync<Listed<RegistrationLine>>("/registrations", query: [.. Filters.Select(name => (name, visit[name])), ("page", $"{visit.Page}"), ("size", "50")]);
            return visit.Show<RegistrationsPage>((nameof(RegistrationsPage.Races), await races), (nameof(RegistrationsPage.Registrations), list));
        });
        app.MapGet(Console.Registration, (string number, HttpContext context) => ShowAsync(new Visit(context), number));
        app.MapPost(Console.Registration, async (string number, HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var at = Uri.EscapeDataString(number);
            switch (visit.Text("do"))
            {
                case "cancelled":
                    await visit.SendAsync("POST", "/registrations/{number}/cancellation", $"/registrations/{at}/cancellation", new { status = visit.Text("status"), refundDue = visit.Number("refundDue") });
                    break;
                case "erased": await visit.SendAsync("POST", "/registrations/{number}/erasure", $"/registrations/{at}/erasure"); break;
                case "check-in": await visit.SendAsync("POST", "/registermasters/{number}/check-in", $"/registermasters/{at}/check-in"); break;
                case "dispatch": await visit.SendAsync("POST", "/deliveries/{number}/dispatch", $"/deliveries/{at}/dispatch"); break;
                case "delivered": await visit.SendAsync("POST", "/deliveries/{number}/delivered", $"/deliveries/{at}/delivered"); break;
                default: return Results.BadRequest();
            }
            return visit.Refusal is null ? visit.Back(visit.Text("do")) : await ShowAsync(visit, number);
        });
    }

    /// <summary>The read side says who it is; money, kit, roll and messages are asked of those who own them, all at once, and each may be silent.</summary>
    private static async Task<IResult> ShowAsync(Visit visit, string number)
    {
        var at = Uri.EscapeDataString(number);
        var found = visit.ReadAsync<Listed<RegistrationLine>>("/registrations", query: [("q", number), ("size", "2")]);
        var payment = visit.FindAsync<PaymentLine>("/payments/{number}", $"/payments/{at}");
        var kit = visit.FindAsync<KitLine>("/deliveries/{number}", $"/deliveries/{at}");
        var roll = visit.FindAsync<RollLine>("/registermasters/{number}", $"/registermasters/{at}");
        var messages = visit.FindAsideAsync<Listed<MessageLine>>("/smshistories", $"/smshistories?number={at}&size=5");
        // Registration, who sells, is asked by nobody but who is about to cancel.
        var cancellation = visit.Asked is "cancel" && visit.May("POST", "/registrations/{number}/cancellation")
            ? visit.FindAsideAsync<CancellationLine>("/registrations/{number}/cancellation", $"/registrations/{at}/cancellation")
            : Task.FromResult<CancellationLine?>(null);
        await Task.WhenAll(found, payment, kit, roll, messages, cancellation);
        if ((await found)?.Rows.FirstOrDefault(row => row.Number == RegistrationNumber.Normal(number)) is not { } registration) return visit.NotThere();
        return visit.Show<RegistrationPage>(
            (nameof(RegistrationPage.Known), registration), (nameof(RegistrationPage.Payment), await payment), (nameof(RegistrationPage.Kit), await kit), (nameof(RegistrationPage.Line), await roll),
            (nameof(RegistrationPage.Messages), await messages), (nameof(RegistrationPage.Cancellation), await cancellation));
    }
}
