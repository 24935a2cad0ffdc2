using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Marathon.Bench;

/// <summary>
/// People at the gateway, each of whom registers somebody new as soon as they were answered. It shares the machine with what it measures, so a request costs
/// it little: the bodies are made once, and but for the phone number all alike.
/// </summary>
internal sealed class Crowd : IDisposable
{
    /// <summary>Longer than the gateway's own deadline of five seconds: whoever waits longer got no answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>After a 503. Shorter than the <c>Retry-After</c> that it carries: these people are impatient.</summary>
    private static readonly TimeSpan PauseWhenOverloaded = TimeSpan.FromMilliseconds(200);

    private const string Digits = "0000-0000";

    private readonly Uri registrations;
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        UseCookies = false, AllowAutoRedirect = false, UseProxy = false, ActivityHeadersPropagator = null, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    });
    private int people;

    public Crowd(Uri gateway) => registrations = new Uri(gateway, "/registrations");

    /// <summary>Until <paramref name="deadline"/> passes, or everybody was told that the race is full.</summary>
    /// <param name="race">Null: the default race.</param>
    public async Task<Answers> RegisterAsync((Guid RaceId, Guid DivisionId)? race, int clients, TimeSpan deadline)
    {
        var named = race is { } known ? $"\"raceId\":\"{known.RaceId}\",\"divisionId\":\"{known.DivisionId}\"," : "";
        var body = Encoding.UTF8.GetBytes(
            $$"""{{{named}}"name":"Kim Runner","phoneNo":"010-{{Digits}}","address":"1 Hangang-daero, Seoul","topSize":"105","bottomSize":"100","amount":20000}""");
        var digitsAt = body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Digits));

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var told = new Answers();
            while (watch.Elapsed < deadline)
            {
                var began = watch.Elapsed;
                var kind = await RegisterAsync(body, digitsAt);
                told.Add(kind, watch.Elapsed - began, watch.Elapsed);
                if (kind == "409 race-full") break;
                if (kind.StartsWith("503", StringComparison.Ordinal)) await Task.Delay(PauseWhenOverloaded);
            }
            return told;
        })));
        return Answers.Together(answers);
    }

    public void Dispose() => http.Dispose();

    private async Task<string> RegisterAsync(byte[] like, int digitsAt)
    {
        var body = like.AsSpan().ToArray();
        var person = Interlocked.Increment(ref people);
        for (var at = digitsAt + Digits.Length - 1; at >= digitsAt; at--)
        {
            if (body[at] == '-') continue;
            body[at] = (byte)('0' + person % 10);
            person /= 10;
        }

        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, registrations) { Content = content };
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var response = await http.SendAsync(request, patience.Token);
            var text = await response.Content.ReadAsByteArrayAsync(patience.Token);
            return (int)response.StatusCode < 400 ? ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture)
                : $"{(int)response.StatusCode} {CodeOf(text)}";
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return "no answer";
        }
    }

    /// <summary>The <c>code</c> of a problem.</summary>
    private static string CodeOf(byte[] problem)
    {
        var text = Encoding.UTF8.GetString(problem);
        const string Name = "\"code\":\"";
        var at = text.IndexOf(Name, StringComparison.Ordinal);
        return at < 0 ? "?" : text[(at + Name.Length)..text.IndexOf('"', at + Name.Length)];
    }
}
