using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>
/// A service has found that it never got events which were told: its log jumped, or one waits in vain for the one before it. Whoever told them sends
/// them again. Told by every service, of every other.
/// </summary>
[Stream("resends")]
public sealed record EventsMissed : IntegrationEvent
{
    /// <summary>This request.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>Who told what is missed: <c>registration</c>. Empty when that is not known: whoever tells of the stream.</summary>
    public required string Teller { get; init; }

    /// <summary>In which stream: <c>registrations</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>Of which aggregates; none given: of all.</summary>
    public IReadOnlyList<Guid>? AggregateIds { get; init; }

    /// <summary>Written from then on; not given: from the beginning.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override Guid AggregateId => RequestId;
}
