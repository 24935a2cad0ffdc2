using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Notification.Adapters.Provider.Solapi;

/// <summary>A message as Solapi is given it. <c>CustomFields</c> come back with everything that it says of the message.</summary>
internal sealed record SolapiMessage(string To, string From, string Text, string Type, string? Subject, string? Country, SolapiReference CustomFields);

/// <summary>Our message id.</summary>
internal sealed record SolapiReference(string? Reference)
{
    /// <summary>As the id that it is; null when it is none of ours.</summary>
    public Guid? Id => Guid.TryParse(Reference, out var id) ? id : null;
}

/// <summary>What Solapi says of a message; the fields that matter here. Its texts are for people and may name them, so they are not even read.</summary>
internal sealed record SolapiStatus(string? MessageId, string? StatusCode, SolapiReference? CustomFields);

/// <summary>What became of messages that it was given: those that it did not take, and those that it did.</summary>
internal sealed record SolapiSent(IReadOnlyList<SolapiStatus>? FailedMessageList, IReadOnlyList<SolapiStatus>? MessageList);

/// <summary>A page of its list.</summary>
internal sealed record SolapiPage(string? NextKey, IReadOnlyDictionary<string, SolapiStatus>? MessageList);

/// <summary>
/// The calls of Solapi's message API, version 4, that are needed (solapi.com, developers' guide; and its public clients). No call is repeated here. Throws
/// <see cref="ProviderException"/> for what concerns all messages, <see cref="SolapiRefusal"/> for a request that it does not take as it is, and whatever the
/// network throws when no answer came.
/// </summary>
internal sealed class SolapiClient(HttpClient http, SolapiOptions options, TimeProvider time)
{
    private const int PageSize = 500;

    /// <summary>Gives it messages, several of which may go to one phone.</summary>
    public Task<SolapiSent> SendAsync(IReadOnlyList<SolapiMessage> messages, CancellationToken cancellationToken) =>
        CallAsync<SolapiSent>(new HttpRequestMessage(HttpMethod.Post, "/messages/v4/send-many/detail")
        {
            Content = JsonContent.Create(new { messages, allowDuplicates = true, showMessageList = true }, options: MarathonJson.Options),
        }, cancellationToken);

    /// <summary>The messages that it took since a moment, a page of them.</summary>
    public Task<SolapiPage> ListAsync(DateTimeOffset since, string? startKey, CancellationToken cancellationToken) =>
        ListAsync($"dateType=CREATED&startDate={Uri.EscapeDataString(Written(since))}{(startKey is null ? "" : "&startKey=" + Uri.EscapeDataString(startKey))}", cancellationToken);

    /// <summary>The messages with these ids of its own.</summary>
    public Task<SolapiPage> ListAsync(IEnumerable<string> messageIds, CancellationToken cancellationToken) =>
        ListAsync(string.Join('&', messageIds.Select((id, place) => $"messageIds%5B{place}%5D={Uri.EscapeDataString(id)}")), cancellationToken);

    /// <summary>Who we are, good for one request: <c>HMAC-SHA256</c> of the moment and some salt, under the secret.</summary>
    internal static AuthenticationHeaderValue Credential(string apiKey, string apiSecret, DateTimeOffset now, string salt)
    {
        var date = Written(now);
        return new("HMAC-SHA256", $"apiKey={apiKey}, date={date}, salt={salt}, signature={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(apiSecret), Encoding.UTF8.GetBytes(date + salt)))}");
    }

    private static string Written(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private Task<SolapiPage> ListAsync(string query, CancellationToken cancellationToken) =>
        CallAsync<SolapiPage>(new HttpRequestMessage(HttpMethod.Get, $"/messages/v4/list?limit={PageSize}&{query}"), cancellationToken);

    private async Task<TAnswer> CallAsync<TAnswer>(HttpRequestMessage request, CancellationToken cancellationToken) where TAnswer : class
    {
        using (request)
        {
            request.Headers.Authorization = Credential(options.ApiKey, options.ApiSecret, time.GetUtcNow(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
            using var response = await SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) throw Fault(response, await CodeAsync(response, cancellationToken));
            return await response.Content.ReadFromJsonAsync<TAnswer>(MarathonJson.Options, cancellationToken) ?? throw new JsonException();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, cancellationToken);
        }
        // It never got there.
        catch (HttpRequestException away) when (away.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new ProviderException("provider-away", isUntaken: true);
        }
    }

    private static Exception Fault(HttpResponseMessage response, string code) => response.StatusCode switch
    {
        HttpStatusCode.TooManyRequests => new ProviderException("too-many-requests", isUntaken: true, response.Headers.RetryAfter?.Delta),
        // Whatever it says: it may have taken some.
        >= HttpStatusCode.InternalServerError => new ProviderException("provider-failed", isUntaken: false),
        // Ours to mend, and no fault of any message's.
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.PaymentRequired or HttpStatusCode.NotFound => new ProviderException("provider-refuses-us", isUntaken: true),
        _ when SolapiCodes.IsOurs(code) => new ProviderException("provider-refuses-us", isUntaken: true),
        _ => new SolapiRefusal(),
    };

    private static async Task<string> CodeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try { return (await response.Content.ReadFromJsonAsync<SolapiError>(MarathonJson.Options, cancellationToken))?.ErrorCode ?? ""; }
        // A proxy's page, say.
        catch (JsonException) { return ""; }
    }

    private sealed record SolapiError(string? ErrorCode);
}

/// <summary>It does not take the request as it is: one of the messages is wrong.</summary>
internal sealed class SolapiRefusal : Exception;
