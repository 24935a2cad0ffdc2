using Microsoft.AspNetCore.Mvc;

namespace Marathon.Gateway.Desks;

/// <summary>The kits: which are where, and sending them, one by one, chosen, a whole race, or by a file of tracking numbers.</summary>
internal static class KitsDesk
{
    /// <summary>In one call: see Fulfilment's DeliveryEndpoints.</summary>
    public const int MostAtOnce = 1000;

    /// <summary>The largest file, as a form writes it.</summary>
    public const int FormBytes = 512 * 1024;

    private static readonly string[] Steps = ["delivered", "picked-up"];

    public static void MapKitsDesk(this WebApplication app)
    {
        app.MapGet(Console.Kits, Task<IResult> (HttpContext context) => ShowAsync(new Visit(context)));
        // One kit: also of the crew, as far as its role goes.
        app.MapPost(Console.Kits, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context);
            var (command, number) = (visit.Text("do"), Uri.EscapeDataString(visit.Text("number")));
            if (number is "") return Results.BadRequest();
            if (Steps.Contains(command)) await visit.SendAsync("POST", "/deliveries/{number}/" + command, $"/deliveries/{number}/{command}");
            else if (command is "returned") await visit.SendAsync("POST", "/deliveries/{number}/returned", $"/deliveries/{number}/returned", new { condition = visit.Text("condition") });
            else return Results.BadRequest();
            return visit.Refusal is null ? visit.Back(command) : await ShowAsync(visit);
        });
        app.MapPost(Console.KitsOnTheirWay, async (HttpContext context) =>
        {
            var visit = await Visit.OfFormAsync(context, Console.Kits);
            var reply = visit.Text("do") switch
            {
                "race" => await visit.SendAsync("POST", "/deliveries/dispatch", body: new { raceId = Guid.TryParse(visit.Text("raceId"), out var race) ? race : (Guid?)null }, key: visit.Some("key")),
                "file" => await visit.SendAsync("POST", "/deliveries/dispatch.csv", body: visit.Text("file")),
                "chosen" when visit.All("numbers").Count == 0 => visit.Refuse("none-chosen"),
                "chosen" => await visit.SendAsync("POST", "/deliveries/dispatch", body: new { numbers = visit.All("numbers") }),
                _ => null,
            };
            if (reply is null) return Results.BadRequest();
            var sent = reply.As<DispatchReply>();
            // Some may have left and others not: that is told, not led away from.
            return sent is { Refused: null or { Count: 0 } } ? visit.Back($"dispatched-{sent.Dispatched?.Count ?? 0}") : await ShowAsync(visit, sent);
        }).WithMetadata(new RequestSizeLimitAttribute(FormBytes));
    }

    private static async Task<IResult> ShowAsync(Visit visit, DispatchReply? sent = null)
    {
        var races = visit.RacesAsync();
        var kits = visit["number"] is { } number
            ? await visit.FindAsync<KitLine>("/deliveries/{number}", $"/deliveries/{Uri.EscapeDataString(number)}") is { } one ? new Listed<KitLine>(1, 1, 1, [one]) : new Listed<KitLine>(0, 1, 1, [])
            : await visit.ReadAsync<Listed<KitLine>>(
                "/deliveries", query: [("raceId", visit["raceId"]), ("status", visit["status"]), ("trackingNumber", visit["trackingNumber"]), ("page", $"{visit.Page}"), ("size", "50")]);
        return visit.Show<KitsPage>((nameof(KitsPage.Races), await races), (nameof(KitsPage.Kits), kits), (nameof(KitsPage.Sent), sent));
    }
}
