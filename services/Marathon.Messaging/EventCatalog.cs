using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Marathon.Contracts;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Messaging;

/// <summary>The names of the events, derived from the records in Marathon.Contracts and from nowhere else.</summary>
public static class EventCatalog
{
    private static readonly FrozenDictionary<Type, (string Stream, string Name)> ByType = typeof(IntegrationEvent).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(IntegrationEvent)) && !type.IsAbstract)
        .ToFrozenDictionary(type => type, type => (StreamOf(type), $"marathon.{StreamOf(type)}.{Kebab(type.Name)}.v1"));

    /// <summary>Every event there is.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    /// <summary>Every stream there is.</summary>
    public static IEnumerable<string> Streams => ByType.Values.Select(entry => entry.Stream).Distinct();

    /// <summary>The stream an event belongs to: <c>registrations</c>.</summary>
    public static string Stream(Type type) => ByType[type].Stream;

    /// <summary>The CloudEvents type of an event: <c>marathon.registrations.registration-confirmed.v1</c>.</summary>
    public static string Name(Type type) => ByType[type].Name;

    /// <summary>The topic of a stream.</summary>
    public static string Topic(string stream) => "marathon." + stream;

    /// <summary>The stream of a topic.</summary>
    public static string StreamOfTopic(string topic) => topic["marathon.".Length..];

    /// <summary>An event as it travels.</summary>
    public static byte[] Serialize(IntegrationEvent integrationEvent) =>
        JsonSerializer.SerializeToUtf8Bytes(integrationEvent, integrationEvent.GetType(), MarathonJson.Options);

    /// <summary>An event as it arrived. Throws <see cref="JsonException"/> when it cannot be read.</summary>
    public static IntegrationEvent Deserialize(Type type, ReadOnlySpan<byte> payload) =>
        (IntegrationEvent?)JsonSerializer.Deserialize(payload, type, MarathonJson.Options) ?? throw new JsonException("The payload is null.");

    private static string StreamOf(Type type) =>
        type.GetCustomAttribute<StreamAttribute>(inherit: true)?.Name ?? throw new InvalidOperationException($"{type} has no stream.");

    private static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && kebab.Length > 0) kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }
        return kebab.ToString();
    }
}
