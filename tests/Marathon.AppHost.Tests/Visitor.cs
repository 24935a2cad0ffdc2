using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Marathon.AppHost.Tests;

/// <summary>An answer of the gateway.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? ContentType, string Text, TimeSpan Took)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public T As<T>() => JsonSerializer.Deserialize<T>(Text, JsonSerializerOptions.Web)!;

    /// <summary>The problem's <c>code</c>.</summary>
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;
}

/// <summary>What a runner is told of a registration.</summary>
internal sealed record Ticket(Guid RegisterId, string Number, string AccessKey, string Status, string PayStatus, string Message);

/// <summary>A runner's page.</summary>
internal sealed record Page(string Number, string? Status, string? PayStatus, string? DeliveryStatus, IReadOnlyList<Message> Messages)
{
    public IEnumerable<string> Kinds => Messages.Select(message => message.Kind);
}

/// <summary>A message to a runner.</summary>
internal sealed record Message(Guid MessageId, string Kind, string Text);

/// <summary>Anybody on the internet: knows the gateway's address and what it has told them.</summary>
internal sealed class Visitor(HttpClient http)
{
    /// <summary>A body that is accepted.</summary>
    public static Dictionary<string, object?> Runner(string name = "HJK1") => new()
    {
        ["name"] = name, ["phoneNo"] = "010-1234-4256", ["address"] = "경기도성남시", ["topSize"] = "110", ["bottomSize"] = "100", ["amount"] = 20000,
    };

    public static HttpContent Json(object body) => new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    /// <param name="asksFirst">Whether the body waits until the server wants it (<c>Expect: 100-continue</c>).</param>
    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, string? accessKey = null, string? idempotencyKey = null, bool asksFirst = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (asksFirst) request.Headers.ExpectContinue = true;
        if (accessKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessKey);
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        var watch = Stopwatch.StartNew();
        using var response = await http.SendAsync(request);
        return new Answer(
            response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(), watch.Elapsed);
    }

    public Task<Answer> GetAsync(string path, string? accessKey = null) => SendAsync(HttpMethod.Get, path, accessKey: accessKey);

    public Task<Answer> RegisterAsync(object? body = null, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, "/registrations", Json(body ?? Runner()), idempotencyKey: idempotencyKey);

    /// <summary>
    /// A registration that stands: at once, or, where the machine was too slow for the payment's deadline, as soon as it is settled. Whom it was too slow for
    /// altogether comes again, as the answer says. Everything else fails the test.
    /// </summary>
    public Task<Ticket> RegisteredAsync() => RegisteredAsync(Runner());

    /// <inheritdoc cref="RegisteredAsync()"/>
    public async Task<Ticket> RegisteredAsync(object body)
    {
        var watch = Stopwatch.StartNew();
        Answer answer;
        do answer = await RegisterAsync(body);
        while (answer is { Status: HttpStatusCode.ServiceUnavailable, Code: "overloaded" } && watch.Elapsed < TimeSpan.FromSeconds(20));
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{(int)answer.Status} {answer.Text}");
        var ticket = answer.As<Ticket>();
        return answer.Status == HttpStatusCode.Created ? ticket : await Eventually.GetAsync(async () =>
        {
            var now = await GetAsync($"/registrations/{ticket.Number}", ticket.AccessKey);
            Assert.Equal((HttpStatusCode.OK, "REGISTERED"), (now.Status, now.As<Ticket>().Status));
            return ticket;
        });
    }

    /// <summary>Logs in; the token.</summary>
    public async Task<string> TokenAsync(string name)
    {
        var answer = await SendAsync(HttpMethod.Post, "/login", Json(new { name, password = Staff.Password }));
        Assert.True(answer.Status == HttpStatusCode.OK, $"{(int)answer.Status} {answer.Text}");
        return answer.Body.GetProperty("accessToken").GetString()!;
    }

    public Task<Answer> CancelAsync(Ticket ticket, string? accessKey = null) =>
        SendAsync(HttpMethod.Post, $"/registrations/{ticket.Number}/cancel", accessKey: accessKey ?? ticket.AccessKey);

    public async Task<Page> PageAsync(Ticket ticket)
    {
        var answer = await GetAsync($"/mypage/{ticket.Number}", ticket.AccessKey);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{(int)answer.Status} {answer.Text}");
        return answer.As<Page>();
    }

    /// <summary>Waits until the page says so.</summary>
    public Task<Page> PageAsync(Ticket ticket, Action<Page> says, TimeSpan? within = null) => Eventually.GetAsync(async () =>
    {
        var page = await PageAsync(ticket);
        says(page);
        return page;
    }, within);

    /// <summary>Waits until every service has told the runner's page what it knows, each once.</summary>
    public async Task ToldEverythingAsync(IEnumerable<Ticket> tickets)
    {
        foreach (var ticket in tickets) await PageAsync(ticket, IsComplete, TimeSpan.FromSeconds(45));
    }

    private static void IsComplete(Page page)
    {
        Assert.Equal("REGISTERED", page.Status);
        Assert.Equal("COMPLETED", page.PayStatus);
        Assert.Contains(page.DeliveryStatus, (string[])["RECEIVED", "READY", "DISPATCHED", "DELIVERED"]);
        Assert.Single(page.Kinds, "confirmed");
    }

    /// <summary>Places left in the default race, and how many there are.</summary>
    public async Task<(int Remaining, int Capacity)> PlacesAsync()
    {
        var answer = await GetAsync("/races");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var divisions = answer.Body.GetProperty("items").EnumerateArray().SelectMany(race => race.GetProperty("divisions").EnumerateArray()).ToList();
        return (divisions.Sum(division => division.GetProperty("remaining").GetInt32()), divisions.Sum(division => division.GetProperty("capacity").GetInt32()));
    }
}
