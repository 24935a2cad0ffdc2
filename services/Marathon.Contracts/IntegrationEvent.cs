using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>
/// A fact that one service tells the others. Fields are only ever added, and a new field is optional, so that old events stay readable:
/// outboxes keep a season of them and send them again.
/// </summary>
public abstract record IntegrationEvent
{
    /// <summary>The thing it happened to: the key of the message, within which order is kept.</summary>
    [JsonIgnore]
    public abstract Guid AggregateId { get; }
}

/// <summary>
/// The stream of a family of events. The topic is <c>marathon.{name}</c>, the type of an event <c>marathon.{name}.{event-in-kebab-case}.v1</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StreamAttribute(string name) : Attribute
{
    /// <summary>The name, in the plural: <c>registrations</c>.</summary>
    public string Name => name;
}
