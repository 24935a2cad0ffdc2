using System.Text.Json;
using Marathon.Testing;

namespace Marathon.Chaos;

/// <summary>
/// Who buys the shirts: again and again what is needed, from the order to the inspection, in which every fifth piece fails. Remembers nothing: what was not answered is found
/// in the lists, where it got to, and goes on from there. Now and then a race is suspended, with whoever is registered, and goes on a moment later.
/// </summary>
internal sealed class Organiser(Gate gate, IReadOnlyList<Guid> races)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const int RoundsBetweenSuspensions = 5;

    private string? token;
    private int rounds;

    /// <summary>Until <paramref name="over"/>, and then until nothing more is needed.</summary>
    public async Task BuyAsync(TimeSpan patience, CancellationToken over)
    {
        DateTimeOffset? deadline = null;
        while (true)
        {
            var isDone = await RoundAsync();
            if (over.IsCancellationRequested && deadline is null) deadline = DateTimeOffset.UtcNow + patience;
            else if (deadline is not null && (isDone || DateTimeOffset.UtcNow > deadline)) return;
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>True when there was nothing to do.</summary>
    private async Task<bool> RoundAsync()
    {
        if (token is null)
        {
            token = Gate.Text((await gate.AskAsync("login", HttpMethod.Post, "/login", new { name = Staff.Organiser, password = Staff.Password })).Body, "accessToken");
            return false;
        }
        // What is refused because the answer to the one before was lost changes nothing.
        if (races.Count > 1 && ++rounds % RoundsBetweenSuspensions == 0)
            foreach (var command in (string[])["suspend?force=true", "resume"])
                await gate.AskAsync("switch", HttpMethod.Post, $"/races/{races[rounds / RoundsBetweenSuspensions % (races.Count - 1) + 1]}/{command}", accessKey: token);
        var isIdle = true;
        isIdle &= await ProgressAsync("SHIPPED", "inspect", order => new { lines = order.GetProperty("lines").EnumerateArray().Select(Found) });
        isIdle &= await ProgressAsync("ACCEPTED", "ship", _ => null);
        isIdle &= await ProgressAsync("REQUESTED", "accept", _ => new { supplier = "Hanyang Textile", contactName = "the supplier", contactPhoneNo = "02-123-4567", price = 1000, dueDate = "2031-01-01" });
        foreach (var raceId in races)
            isIdle &= (await gate.AskAsync("order", HttpMethod.Post, "/procurements", new { raceId, basis = "WAITING" }, token)).Call is { Status: 409, Code: "nothing-needed" } or { Status: 404 };
        return isIdle;
    }

    private async Task<bool> ProgressAsync(string status, string step, Func<JsonElement, object?> body)
    {
        var (call, list) = await gate.AskAsync("orders", HttpMethod.Get, "/procurements?size=500&status=" + status, accessKey: token);
        if (call.Status == 401) token = null;
        if (call.Status != 200) return false;
        var orders = list!.Value.GetProperty("items").EnumerateArray().ToList();
        foreach (var order in orders) await gate.AskAsync(step, HttpMethod.Post, $"/procurements/{order.GetProperty("procurementId")}/{step}", body(order), token);
        return orders.Count == 0;
    }

    private static object Found(JsonElement line)
    {
        var quantity = line.GetProperty("quantity").GetInt32();
        return new { item = line.GetProperty("item").GetString(), size = line.GetProperty("size").GetString(), passed = quantity - quantity / 5, failed = quantity / 5 };
    }
}
