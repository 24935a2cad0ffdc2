namespace Marathon.Registration.Domain;

/// <summary>What comes of a command to a race: the race after it and what is to be told, or why not.</summary>
public sealed record RaceDecision
{
    private RaceDecision() { }

    /// <summary>The race afterwards; null when the command was refused.</summary>
    public Race? Race { get; private init; }

    /// <summary>What happened, each to be told as one event. None: it was so already.</summary>
    public IReadOnlyList<RaceFact> Facts { get; private init; } = [];

    /// <summary>Why not.</summary>
    public RaceRejection? Rejection { get; private init; }

    /// <summary>It was so already.</summary>
    public static RaceDecision Unchanged(Race race) => new() { Race = race };

    /// <summary>Each fact counts in the race's version.</summary>
    public static RaceDecision Done(Race race, IReadOnlyList<RaceFact> facts) => new() { Race = race with { Version = race.Version + facts.Count }, Facts = facts };

    /// <summary>This and then <paramref name="next"/>, which was decided over the race after it, as one.</summary>
    public RaceDecision Then(RaceDecision next) => next with { Facts = [.. Facts, .. next.Facts] };

    /// <summary>Nothing happens.</summary>
    public static RaceDecision Refuse(RaceRejection why) => new() { Rejection = why };
}

/// <summary>Something that happened to a race.</summary>
/// <param name="Kind">What.</param>
/// <param name="DivisionId">To which of its divisions, where it is about one.</param>
/// <param name="IsMoved">Of a change: it will be on another day than it was to be, or elsewhere, and whoever is registered has to know.</param>
public readonly record struct RaceFact(RaceFactKind Kind, Guid DivisionId = default, bool IsMoved = false)
{
    /// <summary>What it means that a division has <paramref name="after"/> free places where there were <paramref name="before"/>; null: nothing to tell.</summary>
    public static RaceFact? OfPlaces(Guid divisionId, int before, int after) => (before, after) switch
    {
        ( > 0, 0) => new RaceFact(RaceFactKind.SoldOut, divisionId),
        (0, > 0) => new RaceFact(RaceFactKind.PlacesReturned, divisionId),
        _ => null,
    };
}

/// <summary>What may happen to a race.</summary>
public enum RaceFactKind { Scheduled, Changed, Opened, Suspended, Resumed, Closed, SoldOut, PlacesReturned }

/// <summary>Why a command to a race was refused.</summary>
public abstract record RaceRejection
{
    private RaceRejection() { }

    /// <summary>Some fields are wrong, by the names of the API.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, FormattableString> Errors) : RaceRejection;

    /// <summary>Not in this state; these commands are possible in it.</summary>
    public sealed record WrongState(RaceStatus Status, IReadOnlyList<RaceSwitch> Possible) : RaceRejection;

    /// <summary>Nobody could register any more.</summary>
    public sealed record ClosingTimePassed(DateTimeOffset ClosesAt) : RaceRejection;

    /// <summary>So many people hold a place or are registered.</summary>
    public sealed record HasRegistrations(int Count) : RaceRejection;

    /// <summary>A division cannot have fewer places than are taken.</summary>
    public sealed record CapacityBelowTaken(Guid DivisionId, string Name, int Taken) : RaceRejection;

    /// <summary>People registered under a refund policy, and for a day, that give them more.</summary>
    public sealed record RefundBelowPromised(int Count) : RaceRejection;

    /// <summary>People registered while the same person could do so more than once: it is not known who is whom.</summary>
    public sealed record DuplicatesPossible(int Count) : RaceRejection;

    /// <summary>Another race was made under the request's key.</summary>
    public sealed record KeyReused : RaceRejection;
}
