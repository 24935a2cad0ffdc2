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

    /// <summary>From when on registrations are to be taken; null in the oldest events.</summary>
    public DateTimeOffset? OpensAt { get; init; }

    /// <summary>Until when; null in the oldest events.</summary>
    public DateTimeOffset? ClosesAt { get; init; }

    /// <summary>Of the fees, ISO 4217; null in the oldest events, which were about won.</summary>
    public string? Currency { get; init; }

    /// <summary>How runners get their kits: <c>SHIPPING</c>, or <c>PICK_UP</c> where the organiser hands them out; null in the oldest events, which shipped.</summary>
    public string? KitHandover { get; init; }

    /// <summary>What a cancellation gives back: the tier with the most days that are still left, or nothing; null in the oldest events.</summary>
    public IReadOnlyList<RaceRefundTier>? RefundTiers { get; init; }
}

/// <summary>The organiser changed something. Registrations made before stay as they are.</summary>
public sealed record RaceChanged : RaceEvent
{
    /// <summary>As people call it now.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is run now.</summary>
    public required string Place { get; init; }

    /// <summary>The day of the race now.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>Whether it was to be on another day, or elsewhere, and is still to come: whoever is registered has to know. False in the oldest events.</summary>
    public bool IsMoved { get; init; }

    /// <summary>All its distances or waves, as of now.</summary>
    public required IReadOnlyList<RaceDivision> Divisions { get; init; }

    /// <summary>From when on registrations are taken.</summary>
    public required DateTimeOffset OpensAt { get; init; }

    /// <summary>Until when.</summary>
    public required DateTimeOffset ClosesAt { get; init; }

    /// <summary>Of the fees, ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>How runners get their kits: <c>SHIPPING</c>, or <c>PICK_UP</c> where the organiser hands them out; null in the oldest events, which shipped.</summary>
    public string? KitHandover { get; init; }

    /// <summary>What a cancellation gives back: the tier with the most days that are still left, or nothing; null in the oldest events.</summary>
    public IReadOnlyList<RaceRefundTier>? RefundTiers { get; init; }
}

/// <summary>A distance or wave of a race.</summary>
/// <param name="DivisionId">Its id.</param>
/// <param name="Name">As people call it.</param>
/// <param name="Fee">In whole units of the race's currency.</param>
/// <param name="Capacity">Places in all.</param>
/// <param name="TopSizes">Shirts to choose from; null in the oldest events.</param>
/// <param name="BottomSizes">Shorts to choose from; null in the oldest events.</param>
public sealed record RaceDivision(
    Guid DivisionId, string Name, int Fee, int Capacity, IReadOnlyList<string>? TopSizes = null, IReadOnlyList<string>? BottomSizes = null);

/// <summary>At least so many days before the race, so many percent of the fee come back.</summary>
public sealed record RaceRefundTier(int DaysBefore, int Percent);

/// <summary>Registrations are taken from now on.</summary>
public sealed record RaceOpened : RaceEvent;

/// <summary>The organiser works on it: no registrations are taken until it is resumed. Those there are stay valid.</summary>
public sealed record RaceSuspended : RaceEvent
{
    /// <summary>Registrations that hold or have a place; more than none when it was suspended by force.</summary>
    public required int LiveRegistrations { get; init; }
}

/// <summary>Registrations are taken again.</summary>
public sealed record RaceResumed : RaceEvent;

/// <summary>No registrations are taken any more, by hand or because its closing time has come.</summary>
public sealed record RaceClosed : RaceEvent;

/// <summary>The last place of a division was taken, or its capacity was lowered to what is taken.</summary>
public sealed record RaceSoldOut : RaceEvent
{
    /// <summary>The division.</summary>
    public required Guid DivisionId { get; init; }
}

/// <summary>A division that was sold out has a place again: one was given back, or its capacity was raised.</summary>
public sealed record RacePlacesReturned : RaceEvent
{
    /// <summary>The division.</summary>
    public required Guid DivisionId { get; init; }
}
