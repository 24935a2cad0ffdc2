using System.Text.Json.Serialization;

namespace Marathon.Contracts;

/// <summary>What happens to a race. Told by Registration.</summary>
[Stream("races")]
public abstract record RaceEvent : IntegrationEvent
{
    /// <summary>The race.</summary>
    public required Guid RaceId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override Guid AggregateId => RaceId;
}

/// <summary>A race exists, with its divisions.</summary>
public sealed record RaceScheduled : RaceEvent
{
    /// <summary>As people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is run.</summary>
    public required string Place { get; init; }

    /// <summary>The day of the race.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>Its distances or waves.</summary>
    public required IReadOnlyList<RaceDivision> Divisions { get; init; }
}

/// <summary>A distance or wave of a race.</summary>
/// <param name="DivisionId">Its id.</param>
/// <param name="Name">As people call it.</param>
/// <param name="Fee">In whole won.</param>
/// <param name="Capacity">Places in all.</param>
public sealed record RaceDivision(Guid DivisionId, string Name, int Fee, int Capacity);

/// <summary>Registrations are taken from now on.</summary>
public sealed record RaceOpened : RaceEvent;
