using System.Text.Json;
using Marathon.Testing;

namespace Marathon.Chaos;

/// <summary>Who buys the shirts, and now and then suspends a race or moves it. Remembers nothing: what was not answered is found in the lists, where it got to, and goes on from there.</summary>
internal sealed class Organiser(Gate gate)
{
    private const int Tries = 60;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private string? token;

    /// <summary>Again and again what is needed, from the order to the inspection, in which every fifth piece fails.</summary>
    public async Task BuyAsync(IReadOnlyList<Guid> races, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await ProgressAsync("SHIPPED", "inspect", order => new { lines = order.GetProperty("lines").EnumerateArray().Select(Found) });
            await ProgressAsync("ACCEPTED", "ship", _ => null);
            await ProgressAsync("REQUESTED", "accept", _ => new { supplier = "Hanyang Textile", contactName = "the supplier", contactPhoneNo = "02-123-4567", price = 1000, dueDate = "2031-01-01" });
            foreach (var raceId in races) await AskAsync("order", HttpMethod.Post, "/procurements", new { raceId, basis = "WAITING" });
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>One race after the other, with whoever is registered; it goes on a moment later, elsewhere. When it is over the last one is suspended once more, so that somebody surely is told.</summary>
    public async Task SuspendAsync(IReadOnlyList<Guid> races, TimeSpan every, CancellationToken over)
    {
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            await Task.Delay(every, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested) break;
            await SuspendAsync(races[round % races.Count]);
            await AskAsync("move", HttpMethod.Patch, $"/races/{races[round % races.Count]}", new { place = $"Course {round}" });
        }
        for (var tried = 0; tried < Tries && !await SuspendAsync(races[^1]); tried++) await Task.Delay(Pause, CancellationToken.None);
    }

    /// <summary>Whether it surely went on. What is refused because the answer to the one before was lost changes nothing.</summary>
    private async Task<bool> SuspendAsync(Guid raceId)
    {
        await AskAsync("suspend", HttpMethod.Post, $"/races/{raceId}/suspend?force=true");
        return (await AskAsync("resume", HttpMethod.Post, $"/races/{raceId}/resume")).Call.Status == 200;
    }

    private async Task ProgressAsync(string status, string step, Func<JsonElement, object?> body)
    {
        var (call, list) = await AskAsync("orders", HttpMethod.Get, "/procurements?size=500&status=" + status);
        if (call.Status != 200) return;
        foreach (var order in list!.Value.GetProperty("items").EnumerateArray()) await AskAsync(step, HttpMethod.Post, $"/procurements/{order.GetProperty("procurementId")}/{step}", body(order));
    }

    /// <summary>Signs in first where that is due: a call without is refused, and the next tries again.</summary>
    private async Task<(Call Call, JsonElement? Body)> AskAsync(string what, HttpMethod method, string path, object? body = null)
    {
        token ??= Gate.Text((await gate.AskAsync("login", HttpMethod.Post, "/login", new { name = Staff.Organiser, password = Staff.Password })).Body, "accessToken");
        var answer = await gate.AskAsync(what, method, path, body, token);
        if (answer.Call.Status == 401) token = null;
        return answer;
    }

    private static object Found(JsonElement line)
    {
        var quantity = line.GetProperty("quantity").GetInt32();
        return new { item = line.GetProperty("item").GetString(), size = line.GetProperty("size").GetString(), passed = quantity - quantity / 5, failed = quantity / 5 };
    }
}
