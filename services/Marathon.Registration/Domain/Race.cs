namespace Marathon.Registration.Domain;

/// <summary>An event on a day at a place, for which people register while it is open.</summary>
public sealed record Race(
    Guid Id, string Name, string Place, DateOnly Date, RaceStatus Status, DateTimeOffset OpensAt, DateTimeOffset ClosesAt, string Currency,
    bool AllowsDuplicates, TimeSpan HoldTime, RefundPolicy RefundPolicy, IReadOnlyList<Division> Divisions)
{
    /// <summary>Why nobody can register now; null when they can.</summary>
    public Rejection? Refuses(DateTimeOffset now) => Status switch
    {
        RaceStatus.Open when now < OpensAt => Rejection.RaceNotOpen,
        RaceStatus.Open when now >= ClosesAt => Rejection.RaceNotOpen,
        RaceStatus.Open => null,
        _ => Rejection.RaceNotOpen,
    };
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
    /// <summary>Places that nobody holds.</summary>
    public int Remaining => Capacity - Taken;
}

/// <summary>Where a race stands.</summary>
public enum RaceStatus { Scheduled, Open, Suspended, Closed }

/// <summary>Why a wish was not granted. The names are the API's error codes.</summary>
public enum Rejection { RaceFull, RaceNotOpen, AlreadyRegistered, IdempotencyKeyReused }
