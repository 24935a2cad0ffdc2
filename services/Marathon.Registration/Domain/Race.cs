using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Domain;

/// <summary>An event on a day at a place, for which people register while it is open.</summary>
public sealed record Race(
    Guid Id, string Name, string Place, DateOnly Date, RaceStatus Status, DateTimeOffset OpensAt, DateTimeOffset ClosesAt, string Currency,
    bool AllowsDuplicates, TimeSpan HoldTime, RefundPolicy RefundPolicy, IReadOnlyList<Division> Divisions)
{
    /// <summary>Events told of it.</summary>
    public int Version { get; init; }

    /// <summary>How its runners get their kits.</summary>
    public KitHandover KitHandover { get; init; }

    /// <summary>As the organiser said; null: a year after the race.</summary>
    public DateOnly? RetainUntil { get; init; }

    /// <summary>
    /// What those who are there were promised for days after the race, when it was to be later. What they were promised for the days before it, its policy promises now, or more; these
    /// count again when the race is moved back. Kept until the race is changed while nobody is there.
    /// </summary>
    public IReadOnlyList<RefundPromise> PromisesAfter { get; init; } = [];

    /// <summary>When it is over, its registrations are erased.</summary>
    public DateOnly LastDayOfRetention => RetainUntil ?? Date.AddYears(1);

    /// <summary>Places held or registered, in all divisions.</summary>
    public int Taken => Divisions.Sum(division => division.Taken);

    /// <summary>The day, where races are run.</summary>
    public static DateOnly DayOf(DateTimeOffset instant) => Korea.DayOf(instant);

    /// <summary>When the race's day is over.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => Korea.EndOf(day);

    /// <summary>Why nobody can register now; null when they can. It is opened and closed a moment after its times, by the clock; who comes goes by the times themselves.</summary>
    public Rejection? Refuses(DateTimeOffset now) =>
        Status is RaceStatus.Scheduled or RaceStatus.Open && now >= OpensAt && now < ClosesAt ? null : Rejection.RaceNotOpen;
}

/// <summary>A distance or wave of a race, with places and a size chart of its own.</summary>
/// <param name="Id">Its id.</param>
/// <param name="RaceId">Its race.</param>
/// <param name="Name">As people call it.</param>
/// <param name="Fee">In whole units of the race's currency.</param>
/// <param name="Capacity">Places in all.</param>
/// <param name="Taken">Places held or registered, as of when it was read.</param>
/// <param name="TopSizes">Shirts to choose from.</param>
/// <param name="BottomSizes">Shorts to choose from.</param>
public sealed record Division(
    Guid Id, Guid RaceId, string Name, int Fee, int Capacity, int Taken, IReadOnlyList<string> TopSizes, IReadOnlyList<string> BottomSizes)
{
    /// <summary>
    /// Goes up with whatever an organiser changes at the race, its status too, but for its opening. A hold that was prepared under older terms is not granted but prepared
    /// again: what the organiser was told is done holds for everybody who comes after.
    /// </summary>
    public int Terms { get; init; }

    /// <summary>Places that nobody holds.</summary>
    public int Remaining => Capacity - Taken;
}

/// <summary>Why a wish was not granted. The names are the API's error codes.</summary>
public enum Rejection { RaceFull, RaceNotOpen, AlreadyRegistered, IdempotencyKeyReused }
