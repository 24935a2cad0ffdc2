using System.Security.Cryptography;
using System.Text.Json;
using Marathon.Registration.Application.Ports;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Registration.Adapters.Http;

/// <summary>The <c>Idempotency-Key</c> of requests that are known again by their body.</summary>
internal static class IdempotencyKeys
{
    /// <summary>The key, with a hash of what is asked under it; null when there is none. What is wrong with it is noted in <paramref name="errors"/>.</summary>
    public static IdempotencyKey? Read<TBody>(HttpRequest request, TBody body, Dictionary<string, FormattableString> errors) =>
        RequestKey.Read(request, errors) is { } key ? new IdempotencyKey(key, SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, MarathonJson.Options))) : null;
}
