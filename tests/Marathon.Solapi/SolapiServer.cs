using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marathon.Solapi;

/// <summary>What happens to one call instead of, or besides, what should.</summary>
public enum SolapiFault
{
    /// <summary>It fails before anything is taken.</summary>
    Fails,

    /// <summary>It is told to come later.</summary>
    Limited,

    /// <summary>Everything is taken, and it is never answered.</summary>
    TimesOut,

    /// <summary>Everything is taken, and it is told that it failed.</summary>
    FailsAfterwards,
}

/// <summary>
/// Solapi's message API, version 4, as its public documentation and its public clients describe it: HMAC authentication in which no salt is good twice, messages
/// taken many at a time with those that are not named beside, what a caller put into <c>customFields</c> handed back, a list by date and by id, codes. It takes
/// the same message as often as it is given it.
/// </summary>
public sealed class SolapiServer : IAsyncDisposable
{
    public const string ApiKey = "NCS0TESTKEY00000", ApiSecret = "a secret of the tests only", From = "0212345678", WebhookSecret = "the webhook's secret";

    /// <summary>Numbers that end like this cannot be reached; like that, are refused at once.</summary>
    public const string Unreachable = "99990404", Refused = "99990400";

    private const string Scheme = "HMAC-SHA256 ";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(15);

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, bool> salts = [];
    private readonly ConcurrentQueue<SolapiFault> faults = [];
    private readonly Func<SolapiFault?> byChance;
    private readonly TimeSpan? patience;

    private SolapiServer(WebApplication app, SolapiBook book, Func<SolapiFault?> byChance, TimeSpan? patience) => (this.app, Book, this.byChance, this.patience) = (app, book, byChance, patience);

    /// <summary>What it took.</summary>
    public SolapiBook Book { get; }

    /// <summary>After how long a message has arrived, or has not.</summary>
    public TimeSpan DeliverAfter { get; set; } = TimeSpan.Zero;

    /// <summary>The texts that it was given, taken or not, as often as it was.</summary>
    public ConcurrentQueue<string> Given { get; } = [];

    public string Address => app.Urls.First();

    /// <param name="address">Where; null: where the environment says.</param>
    /// <param name="book">The file of what it took; null: none.</param>
    /// <param name="byChance">What befalls a call for sending.</param>
    /// <param name="patience">What was sent longer ago, it does not take any more: who asks later what it has relies on that. Null: it takes it whenever it comes to it.</param>
    public static async Task<SolapiServer> StartAsync(string? address = "http://127.0.0.1:0", string? book = null, Func<SolapiFault?>? byChance = null, TimeSpan? patience = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (address is not null) builder.WebHost.UseUrls(address);
        var server = new SolapiServer(builder.Build(), new SolapiBook(book), byChance ?? (() => null), patience);
        server.app.MapPost("/messages/v4/send-many/detail", (Delegate)server.SendAsync);
        server.app.MapGet("/messages/v4/list", (Delegate)server.List);
        // Not Solapi's: for who keeps its process alive.
        server.app.MapGet("/health", () => "Healthy");
        server.app.MapGet("/alive", () => "Healthy");
        await server.app.StartAsync();
        return server;
    }

    /// <summary>Befalls the next calls for sending.</summary>
    public void Fail(params ReadOnlySpan<SolapiFault> next)
    {
        foreach (var fault in next) faults.Enqueue(fault);
    }

    /// <summary>What it would send to a webhook about a message: the body of a report.</summary>
    public static JsonArray Report(TakenMessage message, string statusCode) =>
        [new JsonObject { ["messageId"] = message.MessageId, ["statusCode"] = statusCode, ["to"] = message.To, ["customFields"] = new JsonObject { ["reference"] = message.Reference } }];

    /// <summary>What its calls of a webhook bear.</summary>
#pragma warning disable CA5350 // Solapi's choice.
    public static string WebhookSignature { get; } = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(WebhookSecret)));
#pragma warning restore CA5350

    /// <summary>Ends when its process is told to.</summary>
    public Task StoppedAsync() => app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Book.Dispose();
    }

    private async Task<IResult> SendAsync(HttpContext http)
    {
        if (Unauthenticated(http.Request) is { } refusal) return refusal;
        var body = await JsonNode.ParseAsync(http.Request.Body);
        var messages = body?["messages"]?.AsArray();
        if (messages is not { Count: > 0 and <= 10_000 }) return Error(400, "ValidationError");
        foreach (var message in messages) Given.Enqueue((string?)message!["text"] ?? "");
        var fault = faults.TryDequeue(out var next) ? next : byChance();
        if (fault is SolapiFault.Fails) return Error(500, "InternalError");
        if (fault is SolapiFault.Limited)
        {
            http.Response.Headers.RetryAfter = "1";
            return Error(429, "TooManyRequests");
        }
        // Without a text it is no message; the whole request is refused.
        if (messages.Any(message => string.IsNullOrEmpty((string?)message!["text"]))) return Error(400, "ValidationError");

        var (taken, failed) = (new List<TakenMessage>(), new JsonArray());
        foreach (var message in messages)
        {
            var (to, type, text) = ((string)message!["to"]!, (string)message["type"]!, (string)message["text"]!);
            var code = WrongWith(message, to, type, text);
            if (code is null) taken.Add(new TakenMessage(
                "M4V" + Guid.NewGuid().ToString("N"), (string?)message["customFields"]?["reference"] ?? "", to, (string)message["from"]!, (string?)message["country"], text, type, (string?)message["subject"], DateTimeOffset.UtcNow));
            else failed.Add((JsonNode)new JsonObject { ["to"] = to, ["statusCode"] = code, ["statusMessage"] = "it names " + to, ["messageId"] = "M4V0", ["customFields"] = message["customFields"]?.DeepClone() });
        }
        var sentAt = SentAt(Credential(http.Request));
        if (!Book.Take(taken, sentAt + patience))
        {
            Console.WriteLine($"{taken.Count} messages sent at {sentAt:T} are not taken any more at {DateTimeOffset.UtcNow:T}");
            return Error(503, "ServiceUnavailable");
        }
        if (fault is SolapiFault.TimesOut) await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        if (fault is not null) return Error(500, "InternalError");
        return Results.Json(new
        {
            failedMessageList = failed,
            groupInfo = new { count = new { total = messages.Count, registeredFailed = failed.Count }, groupId = "G4V" },
            messageList = taken.Select(message => new { message.MessageId, statusCode = "2000", statusMessage = "ok", customFields = new { reference = message.Reference } }),
        });
    }

    private IResult List(HttpContext http)
    {
        if (Unauthenticated(http.Request) is { } refusal) return refusal;
        var query = http.Request.Query;
        var limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
        if (limit > 500) return Error(400, "ValidationError");
        var ids = query.Where(part => part.Key.StartsWith("messageIds", StringComparison.Ordinal)).Select(part => part.Value.ToString()).ToList();
        var page = ids.Count > 0
            ? [.. ids.Select(Book.Find).OfType<TakenMessage>().Take(limit + 1)]
            : Book.Since(DateTimeOffset.Parse(query["startDate"]!, CultureInfo.InvariantCulture), query["startKey"], limit + 1);
        return Results.Json(new
        {
            limit,
            nextKey = page.Count > limit ? page[limit].MessageId : null,
            messageList = page.Take(limit).ToDictionary(message => message.MessageId, message => new
            {
                message.MessageId, message.To, message.Text, statusCode = StatusOf(message), customFields = new { reference = message.Reference }, dateCreated = message.At,
            }),
        });
    }

    private string StatusOf(TakenMessage message) =>
        DateTimeOffset.UtcNow - message.At < DeliverAfter ? "3000" : message.To.EndsWith(Unreachable, StringComparison.Ordinal) ? "3040" : "4000";

    private static string? WrongWith(JsonNode message, string to, string type, string text)
    {
        var bytes = Bytes(text);
        return (string?)message["from"] != From ? "1062"
            : !to.All(char.IsAsciiDigit) || to.Length < 8 || to.EndsWith(Refused, StringComparison.Ordinal) ? "1010"
            : type == "SMS" && bytes > 90 ? "1026"
            : type == "LMS" && (bytes > 2000 || string.IsNullOrEmpty((string?)message["subject"])) ? "1027"
            : type is "SMS" or "LMS" ? null : "1028";
    }

    /// <summary>As the operators count: two for what is not ASCII.</summary>
    private static int Bytes(string text) => text.Sum(letter => char.IsAscii(letter) ? 1 : 2);

    private IResult? Unauthenticated(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.Ordinal)) return Error(401, "Unauthorized");
        var parts = Credential(request);
        if (parts["apiKey"] != ApiKey) return Error(401, "InvalidApiKey");
        if ((DateTimeOffset.UtcNow - SentAt(parts)).Duration() > Tolerance) return Error(401, "RequestTimeTooSkewed");
        var right = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(ApiSecret), Encoding.UTF8.GetBytes(parts["date"] + parts["salt"])));
        if (parts["signature"] != right || parts["salt"].Length is < 12 or > 64) return Error(401, "SignatureDoesNotMatch");
        return salts.TryAdd(parts["salt"], true) ? null : Error(401, "DuplicatedSignature");
    }

    /// <summary>What a caller says of itself, and when.</summary>
    private static Dictionary<string, string> Credential(HttpRequest request) =>
        request.Headers.Authorization.ToString()[Scheme.Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);

    private static DateTimeOffset SentAt(Dictionary<string, string> credential) => DateTimeOffset.Parse(credential["date"], CultureInfo.InvariantCulture);

    private static IResult Error(int status, string code) => Results.Json(new { errorCode = code, errorMessage = code }, statusCode: status);
}
