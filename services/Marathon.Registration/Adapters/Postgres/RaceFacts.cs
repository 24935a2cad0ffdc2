using Marathon.Contracts;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>What happened to a race, as the others are told.</summary>
internal static class RaceFacts
{
    /// <summary>A fact that the race's id and its own fields say all about.</summary>
    public static RaceEvent Event(Guid raceId, RaceFact fact, DateTimeOffset now) => fact.Kind switch
    {
        RaceFactKind.Opened => new RaceOpened { RaceId = raceId, At = now },
        RaceFactKind.Resumed => new RaceResumed { RaceId = raceId, At = now },
        RaceFactKind.Closed => new RaceClosed { RaceId = raceId, At = now },
        RaceFactKind.SoldOut => new RaceSoldOut { RaceId = raceId, At = now, DivisionId = fact.DivisionId },
        RaceFactKind.PlacesReturned => new RacePlacesReturned { RaceId = raceId, At = now, DivisionId = fact.DivisionId },
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact.Kind, "says more than its id"),
    };

    /// <summary>Any fact; <paramref name="race"/> is the race after it.</summary>
    public static RaceEvent Event(Race race, RaceFact fact, DateTimeOffset now) => fact.Kind switch
    {
        RaceFactKind.Scheduled => new RaceScheduled
        {
            RaceId = race.Id, At = now, Name = race.Name, Place = race.Place, Date = race.Date, Divisions = Divisions(race),
            OpensAt = race.OpensAt, ClosesAt = race.ClosesAt, Currency = race.Currency, KitHandover = race.KitHandover.Text(), RefundTiers = Tiers(race),
        },
        RaceFactKind.Changed => new RaceChanged
        {
            RaceId = race.Id, At = now, Name = race.Name, Place = race.Place, Date = race.Date, IsMoved = fact.IsMoved, Divisions = Divisions(race),
            OpensAt = race.OpensAt, ClosesAt = race.ClosesAt, Currency = race.Currency, KitHandover = race.KitHandover.Text(), RefundTiers = Tiers(race),
        },
        RaceFactKind.Suspended => new RaceSuspended { RaceId = race.Id, At = now, LiveRegistrations = race.Taken },
        _ => Event(race.Id, fact, now),
    };

    private static RaceRefundTier[] Tiers(Race race) => [.. race.RefundPolicy.Tiers.Select(tier => new RaceRefundTier(tier.DaysBefore, tier.Percent))];

    private static RaceDivision[] Divisions(Race race) =>
        [.. race.Divisions.Select(division => new RaceDivision(division.Id, division.Name, division.Fee, division.Capacity, division.TopSizes, division.BottomSizes))];
}
