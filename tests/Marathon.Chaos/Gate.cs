using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Marathon.Chaos;

/// <summary>The gateway as anybody on the internet sees it; every call is noted.</summary>
internal sealed class Gate : IDisposable
{
    /// <summary>Who waits longer is never answered.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The gateway's own deadline is five seconds; as much again for the way there and back, and for a process that has just started.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;
    private readonly ConcurrentQueue<Call> calls = [];
    private int registered;

    public Gate(Uri gateway) => http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { BaseAddress = gateway, Timeout = Timeout.InfiniteTimeSpan };

    public IReadOnlyCollection<Call> Calls => calls;

    /// <summary>How many were told 201 so far.</summary>
    public int Registered => Volatile.Read(ref registered);

    public async Task<(Call Call, JsonElement? Body)> AskAsync(string what, HttpMethod method, string path, object? body = null, string? accessKey = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        if (accessKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessKey);
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);

        using var patience = new CancellationTokenSource(Patience);
        var from = DateTimeOffset.UtcNow;
        var (call, answer) = (new Call(what, from, from, null, null, null), (JsonElement?)null);
        try
        {
            using var response = await http.SendAsync(request, patience.Token);
            answer = Parse(await response.Content.ReadAsStringAsync(patience.Token));
            call = call with { Status = (int)response.StatusCode, Code = Text(answer, "code"), Number = Text(answer, "number") };
            if (what == "register" && call.Status == 201) Interlocked.Increment(ref registered);
        }
        catch (OperationCanceledException) { call = call with { Failure = Failure.Hung }; }
        catch (HttpRequestException refused) when (refused.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused }) { call = call with { Failure = Failure.Refused }; }
        catch (Exception cut) when (cut is HttpRequestException or IOException) { call = call with { Failure = Failure.Cut }; }
        call = call with { Until = DateTimeOffset.UtcNow };
        if (call.Until - call.From > Deadline) call = call with { Crowding = Crowding.Now() };
        calls.Enqueue(call);
        return (call, answer);
    }

    public void Dispose() => http.Dispose();

    public static string? Text(JsonElement? body, string name) =>
        body is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static int? Whole(JsonElement? body, string name) =>
        body is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static JsonElement? Parse(string text)
    {
        try { return JsonDocument.Parse(text).RootElement; }
        catch (JsonException) { return null; }
    }
}
