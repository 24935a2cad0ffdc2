using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Marathon.Chaos;
using Marathon.Testing;

namespace Marathon.Fuzz;

/// <summary>How much of it.</summary>
/// <param name="Seed">Decides every request.</param>
/// <param name="Clients">Requests at a time.</param>
/// <param name="HalfOpen">Connections that never finish their request.</param>
/// <param name="Only">One request alone, by its number.</param>
internal sealed record FuzzSettings(int Seed, int Requests, int Clients, int HalfOpen, int? Only = null);

/// <summary>One run: the system, some who are registered, the requests, the connections, and when all is quiet again what is stored and written down.</summary>
internal static class FuzzRun
{
    private const int Runners = 20, Step = 1000;

    /// <summary>Ten seconds for a head, five for a body, and some for a server that is busy closing so many.</summary>
    private static readonly TimeSpan ClosedWithin = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(2);

    /// <summary>What was wrong, in words.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(FuzzSettings settings, Action<string> say)
    {
        await using var system = await RunningSystem.StartAsync(
            [("gateway", "Access__Accounts", Staff.Accounts), ("payment", "Payment__Simulated__Latency", "1-5"), ("fulfilment", "Fulfilment__DispatchAfter", "00:00:02"), ("fulfilment", "Fulfilment__Carrier__TransitTime", "00:00:02")]);
        using var gateway = new HttpClient { BaseAddress = system.Gateway };
        var calls = await PublicCall.ReadAsync(gateway);
        var known = await KnowAsync(system, gateway);
        var thrower = new Thrower(system.Gateway, calls, known, settings.Seed);
        await thrower.WarmUpAsync();
        say($"{calls.Count} calls, {Runners} registered");

        if (settings.Only is { } only) await thrower.ThrowAsync(only, 1, 1);
        for (var thrown = 0; settings.Only is null && thrown < settings.Requests; thrown += Step)
        {
            var before = thrower.Violations.Count;
            await thrower.ThrowAsync(thrown, Math.Min(Step, settings.Requests - thrown), settings.Clients);
            say($"{Math.Min(thrown + Step, settings.Requests):N0} requests, the longest answered after {thrower.Longest.TotalSeconds:N1} s, {thrower.Violations.Count} violations");
            foreach (var violation in thrower.Violations.Skip(before)) say("  " + violation);
        }
        say("answers: " + string.Join(", ", thrower.Answers.OrderBy(answer => answer.Key, StringComparer.Ordinal).Select(answer => $"{answer.Value:N0} × {answer.Key}")) + $"; {known.Races:N0} races; {thrower.Late} too late, while the machine was crowded");

        var found = new List<string>(thrower.Violations);
        if (settings.HalfOpen > 0)
        {
            var held = await HalfOpen.HoldAsync(system.Gateway, settings.HalfOpen, [Right("GET", "/races"), Right("POST", "/registrations")], ClosedWithin);
            say($"{held.Opened:N0} half-open connections: the last closed after {held.LastClosed.TotalSeconds:N1} s, {held.LeftOpen} never; {held.Asked} requests beside them, the longest answered after {held.Longest.TotalSeconds:N2} s");
            found.AddRange(held.Violations);
        }
        found.AddRange(await Aftermath.OfAsync(system, known.Numbers, DrainDeadline, say));
        return found;

        // Requests to which nothing was done, one after the other.
        Func<Task<string?>> Right(string method, string path)
        {
            var call = calls.Single(call => call.Method == method && call.Path == path);
            var number = settings.Requests;
            return () => thrower.ThrowAsync(thrower.Untouched(call, number++));
        }
    }

    /// <summary>Logs in, registers some, and opens a race that may be harmed.</summary>
    private static async Task<Knowledge> KnowAsync(RunningSystem system, HttpClient gateway)
    {
        var tokens = new List<string>();
        foreach (var name in (string[])[Staff.Organiser, Staff.Auditor, Staff.Auditor])
            tokens.Add((await PostAsync("/login", new { name, password = Staff.Password })).GetProperty("accessToken").GetString()!);
        var known = new Knowledge(tokens[..2], tokens[2]);

        var (raceId, _) = await system.OpenRaceAsync("Run for it", 100_000, allowsDuplicates: true);
        known.Learn(await gateway.GetFromJsonAsync<JsonElement>(new Uri($"/races/{raceId}", UriKind.Relative)));
        for (var runner = 0; runner < Runners; runner++)
        {
            // Numbers that no request has.
            var person = Planted.Number(900_000 + runner);
            known.Learn(await PostAsync("/registrations", new { person.Name, person.PhoneNo, person.Address, topSize = "110", bottomSize = "100", amount = 20_000 }));
        }
        return known;

        // A system that has just been started may have too much to do at first: it says so, and the same is sent again.
        async Task<JsonElement> PostAsync(string path, object body)
        {
            var (key, watch) = (Guid.NewGuid().ToString(), Stopwatch.StartNew());
            while (true)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } };
                using var answer = await gateway.SendAsync(request);
                if ((int)answer.StatusCode is not (503 or 504) || watch.Elapsed > TimeSpan.FromSeconds(30))
                    return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            }
        }
    }
}
