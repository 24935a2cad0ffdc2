using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marathon.Fuzz;

/// <summary>What is done to a body: first to its JSON, then to its bytes.</summary>
internal static class BodyMutations
{
    private const string Placeholder = "@@here@@";

    /// <summary>Of a body that is a JSON object; any other stays as it is.</summary>
    public static readonly IReadOnlyList<Mutation> OfJson =
    [
        new("a field is missing", (request, random) => Json(request, random, (parent, key, _) => { Put(parent, key, null, remove: true); return ""; })),
        new("a value of another type", (request, random) => Json(request, random, (parent, key, _) => { Put(parent, key, Placeholder); return random.Any(Nasty.Tokens); })),
        new("a value of another type", (request, random) => Json(request, random, (parent, key, _) => { Put(parent, key, Placeholder); return random.Any(Nasty.Tokens); })),
        new("a nasty text", (request, random) => Json(request, random, (parent, key, _) => { Put(parent, key, random.Any(Nasty.Texts)); return ""; })),
        new("a text with more at its end", (request, random) => Json(request, random, (parent, key, value) => { Put(parent, key, value + random.Any(Nasty.Texts)); return ""; })),
        new("a field twice", (request, random) => Text(request, text => $"{{{text.TrimStart('{').Split(',')[0].TrimEnd('}')},{text[1..]}")),
        new("an unknown field", (request, random) => Text(request, text => $"{{\"{random.Any((string[])["isAdmin", "status", "number", "registerId", "__proto__", "", "$type", "payStatus"])}\":{random.Any(Nasty.Tokens)},{text[1..]}")),
        new("names in capitals", (request, _) => Text(request, text => text.ToUpperInvariant())),
        new("another root", (request, random) => Text(request, _ => random.Any(Nasty.Tokens))),
        new("deeply nested", (request, random) => Text(request, text => random.Next(2) == 0 ? new string('[', 20_000) : string.Concat(Enumerable.Repeat("{\"name\":", 5000)) + text)),
    ];

    public static readonly IReadOnlyList<Mutation> OfBytes =
    [
        new("no body", (request, _) => request.Body = []),
        new("cut in the middle", (request, random) => request.Body = request.Body[..random.Next(request.Body.Length + 1)]),
        new("bytes that are no text", (request, random) => Insert(request, random, random.Any(Nasty.Bytes))),
        new("bits turned over", (request, random) =>
        {
            for (var turned = 0; turned < 3 && request.Body.Length > 0; turned++) request.Body[random.Next(request.Body.Length)] ^= (byte)(1 << random.Next(8));
        }),
        new("only noise", (request, random) => random.NextBytes(request.Body = new byte[random.Next(1, 2000)])),
        new("more after the end", (request, random) => request.Body = [.. request.Body, .. Encoding.UTF8.GetBytes(random.Any(Nasty.Tokens))]),
        new("a mark at the beginning", (request, _) => request.Body = [0xEF, 0xBB, 0xBF, .. request.Body]),
        new("in UTF-16", (request, _) => request.Body = Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(request.Body))),
        new("in gzip", (request, random) =>
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(random.Next(2) == 0 ? request.Body : new byte[5_000_000]);
            request.Body = packed.ToArray();
            request.Set("Content-Encoding", "gzip");
        }),
        new("of the largest size", (request, _) => request.Body = [.. request.Body, .. Enumerable.Repeat((byte)' ', 64 * 1024 - request.Body.Length % (64 * 1024))]),
        new("too large", (request, random) =>
        {
            request.Body = [.. "{\"name\":\""u8, .. Enumerable.Repeat((byte)'x', random.Next(2) == 0 ? 70_000 : 700_000), .. "\"}"u8];
            request.MayBeCut = true;
        }),
    ];

    /// <summary>Changes a value somewhere in the JSON; what <paramref name="change"/> returns takes the placeholder's place, whatever it is.</summary>
    private static void Json(RawRequest request, Random random, Func<JsonNode, string, string, string> change)
    {
        if (Parse(request) is not { } root) return;
        var places = Places(root).ToList();
        if (places.Count == 0) return;
        var (parent, key, value) = places[random.Next(places.Count)];
        var token = change(parent, key, value);
        request.Body = Encoding.UTF8.GetBytes(root.ToJsonString().Replace($"\"{Placeholder}\"", token, StringComparison.Ordinal));
    }

    private static void Text(RawRequest request, Func<string, string> change)
    {
        if (Encoding.UTF8.GetString(request.Body) is ['{', .., '}'] text) request.Body = Encoding.UTF8.GetBytes(change(text));
    }

    /// <summary>Null for what is no JSON any more, and for half of a surrogate pair, which can be read and not be written.</summary>
    private static JsonNode? Parse(RawRequest request)
    {
        try
        {
            var root = JsonNode.Parse(request.Body, documentOptions: new() { AllowDuplicateProperties = false });
            root?.ToJsonString();
            return root;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException) { return null; }
    }

    private static IEnumerable<(JsonNode Parent, string Key, string Value)> Places(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Places(field.Value).Prepend((fields, field.Key, Text(field.Value)))),
        JsonArray items => items.SelectMany((item, at) => Places(item).Prepend((items, at.ToString(CultureInfo.InvariantCulture), Text(item)))),
        _ => [],
    };

    /// <summary>Of a value, as JSON writes it.</summary>
    private static string Text(JsonNode? node) => node is JsonValue value ? value.ToJsonString().Trim('"') : "";

    private static void Put(JsonNode parent, string key, string? value, bool remove = false)
    {
        if (parent is JsonObject fields)
        {
            if (remove) fields.Remove(key);
            else fields[key] = value;
        }
        else if (parent is JsonArray items)
        {
            if (remove) items.RemoveAt(int.Parse(key, CultureInfo.InvariantCulture));
            else items[int.Parse(key, CultureInfo.InvariantCulture)] = value;
        }
    }

    private static void Insert(RawRequest request, Random random, byte[] bytes)
    {
        var at = random.Next(request.Body.Length + 1);
        request.Body = [.. request.Body[..at], .. bytes, .. request.Body[at..]];
    }
}
