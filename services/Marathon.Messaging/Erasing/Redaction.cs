using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Messaging;

/// <summary>A stored event without what is personal in it. It can still be read and applied: nothing but those texts is another.</summary>
internal static class Redaction
{
    private static readonly FrozenSet<string> Fields = typeof(PersonalAttribute).Assembly.GetTypes()
        .SelectMany(type => type.GetProperties())
        .Where(property => property.IsDefined(typeof(PersonalAttribute)))
        .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
        .ToFrozenSet();

    /// <summary>Whether there was anything to take out of <paramref name="payload"/>. Of what is no JSON, nothing is kept: nobody could say what is in it.</summary>
    public static bool TryRedact(byte[] payload, [NotNullWhen(true)] out byte[]? redacted)
    {
        redacted = null;
        try
        {
            var root = JsonNode.Parse(payload);
            if (Empty(root)) redacted = JsonSerializer.SerializeToUtf8Bytes(root, MarathonJson.Options);
        }
        // Not JSON; or not UTF-8, or the same name twice, of which this is only told when it looks inside.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            if (payload.Length > 0) redacted = [];
        }
        return redacted is not null;
    }

    /// <summary>Empties what is personal in <paramref name="node"/>; whether there was anything.</summary>
    private static bool Empty(JsonNode? node)
    {
        var found = false;
        if (node is JsonArray items)
            foreach (var item in items) found |= Empty(item);
        if (node is JsonObject members)
            foreach (var (name, value) in members.ToList())
            {
                if (!Fields.Contains(name)) found |= Empty(value);
                else if (value is not null && !(value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0))
                {
                    members[name] = "";
                    found = true;
                }
            }
        return found;
    }
}
