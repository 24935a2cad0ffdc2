namespace Marathon.Registration.Domain;

/// <summary>
/// A race as an organiser writes it; nothing in it is believed yet. For a new race the fields without a default must be there; for a change, what is left
/// out stays as it is.
/// </summary>
/// <param name="Name">As people call it.</param>
/// <param name="Place">Where it is run.</param>
/// <param name="Date">The day of the race, in Korea.</param>
/// <param name="OpensAt">From when on registrations are taken.</param>
/// <param name="ClosesAt">Until when; at the latest the end of the race's day, in Korea.</param>
/// <param name="Currency">ISO 4217; KRW when left out. Never changes.</param>
/// <param name="AllowsDuplicates">Whether the same person may register more than once; false when left out. Stays true while people are registered.</param>
/// <param name="HoldSeconds">How long a place waits for its payment; 600 when left out.</param>
/// <param name="RefundTiers">What is paid back on a cancellation; the usual policy when left out.</param>
/// <param name="RetainUntil">The last day on which it is kept who registered, not after 2300; a year after the race when left out.</param>
/// <param name="KitHandover">How runners get their kits: <c>SHIPPING</c>, also when left out, or <c>PICK_UP</c>.</param>
/// <param name="Divisions">Its distances or waves. In a change, one without an id is added.</param>
public sealed record RaceDraft(
    string? Name = null, string? Place = null, DateOnly? Date = null, DateTimeOffset? OpensAt = null, DateTimeOffset? ClosesAt = null, string? Currency = null,
    bool? AllowsDuplicates = null, int? HoldSeconds = null, IReadOnlyList<RefundTierDraft?>? RefundTiers = null, DateOnly? RetainUntil = null,
    string? KitHandover = null, IReadOnlyList<DivisionDraft?>? Divisions = null)
{
    private const int DefaultHoldSeconds = 600;

    /// <summary>A new race under these ids.</summary>
    public RaceDecision Schedule(Guid raceId, Func<Guid> newId, DateTimeOffset now)
    {
        var checks = new RaceChecks();
        var blank = new Race(raceId, "", "", default, RaceStatus.Scheduled, default, default, "KRW", AllowsDuplicates: false,
            TimeSpan.FromSeconds(DefaultHoldSeconds), RefundPolicy.Usual, []);
        checks.Required("date", Date);
        checks.Required("opensAt", OpensAt);
        checks.Required("closesAt", ClosesAt);
        checks.Required("divisions", Divisions);
        if (Currency is not null && (Currency.Length != 3 || !Currency.All(char.IsAsciiLetterUpper))) checks.Fail("currency", $"must be the three letters of ISO 4217, like KRW");
        var race = Fill(blank, isNew: true, newId, checks) with { Currency = Currency ?? blank.Currency };
        checks.Times(race, ClosesAt, now);
        return checks.Rejection is { } invalid ? RaceDecision.Refuse(invalid) : RaceDecision.Done(race, [new RaceFact(RaceFactKind.Scheduled)]);
    }

    /// <summary>What comes of it for <paramref name="race"/>. What people registered for before stays as they bought it.</summary>
    public RaceDecision Change(Race race, Func<Guid> newId, DateTimeOffset now)
    {
        var checks = new RaceChecks();
        if (Currency is not null && Currency != race.Currency) checks.Fail("currency", $"cannot be changed: schedule another race");
        if (OpensAt is { } opensAt && (race.Status != RaceStatus.Scheduled || now >= race.OpensAt) && RaceChecks.Instant(opensAt) != race.OpensAt) checks.Fail("opensAt", $"cannot be changed: the race has been opened");
        if (ClosesAt is { } closesAt && race.Status == RaceStatus.Closed && RaceChecks.Instant(closesAt) != race.ClosesAt) checks.Fail("closesAt", $"cannot be changed: the race is closed");
        var changed = Fill(race, isNew: false, newId, checks);
        checks.Times(changed, changed.ClosesAt == race.ClosesAt ? null : ClosesAt, now);
        if (checks.Rejection is { } invalid) return RaceDecision.Refuse(invalid);

        if (changed.Divisions.FirstOrDefault(division => division.Remaining < 0) is { } division)
            return RaceDecision.Refuse(new RaceRejection.CapacityBelowTaken(division.Id, division.Name, division.Taken));
        RefundPromise[] promised = race.Taken > 0 ? [.. race.PromisesAfter, .. race.RefundPolicy.PromisesFor(race.Date)] : [];
        var today = Race.DayOf(now);
        // A race that is over, and stays where it was, gives nobody anything any more, and can still be renamed.
        if ((today <= race.Date || changed.Date != race.Date) && !changed.RefundPolicy.Keeps(promised, changed.Date, today))
            return RaceDecision.Refuse(new RaceRejection.RefundBelowPromised(race.Taken));
        if (race is { AllowsDuplicates: true, Taken: > 0 } && !changed.AllowsDuplicates) return RaceDecision.Refuse(new RaceRejection.DuplicatesPossible(race.Taken));
        if (Same(race, changed)) return RaceDecision.Unchanged(race);
        // Where a race was that is over is corrected, and nobody need come elsewhere.
        var isMoved = (race.Date, race.Place) != (changed.Date, changed.Place) && (today <= race.Date || today <= changed.Date);
        var places = race.Divisions.Join(changed.Divisions, before => before.Id, after => after.Id,
            (before, after) => RaceFact.OfPlaces(before.Id, before.Remaining, after.Remaining)).OfType<RaceFact>();
        return RaceDecision.Done(changed with { PromisesAfter = [.. promised.Where(promise => promise.LastDay > changed.Date)] }, [new RaceFact(RaceFactKind.Changed, IsMoved: isMoved), .. places]);
    }

    private Race Fill(Race race, bool isNew, Func<Guid> newId, RaceChecks checks) => race with
    {
        Name = checks.Text("name", Name, race.Name, isNew, longest: 100),
        Place = checks.Text("place", Place, race.Place, isNew, longest: 100),
        Date = Date ?? race.Date,
        OpensAt = OpensAt is { } opensAt ? RaceChecks.Instant(opensAt) : race.OpensAt,
        ClosesAt = ClosesAt is { } closesAt ? RaceChecks.Instant(closesAt) : race.ClosesAt,
        AllowsDuplicates = AllowsDuplicates ?? race.AllowsDuplicates,
        HoldTime = TimeSpan.FromSeconds(checks.Number("holdSeconds", HoldSeconds, (int)race.HoldTime.TotalSeconds, isNew: false, 60, 3600)),
        RefundPolicy = RefundTiers is null ? race.RefundPolicy : checks.RefundPolicy(RefundTiers),
        RetainUntil = RetainUntil ?? race.RetainUntil,
        KitHandover = checks.KitHandover("kitHandover", KitHandover, race.KitHandover),
        Divisions = Divisions is null ? race.Divisions : checks.Divisions(race, Divisions, newId),
    };

    private static bool Same(Race one, Race other) =>
        one with { Divisions = other.Divisions, RefundPolicy = other.RefundPolicy } == other
        && one.RefundPolicy.Tiers.SequenceEqual(other.RefundPolicy.Tiers)
        && one.Divisions.Count == other.Divisions.Count
        && one.Divisions.Zip(other.Divisions).All(pair => pair.First.TopSizes.SequenceEqual(pair.Second.TopSizes) && pair.First.BottomSizes.SequenceEqual(pair.Second.BottomSizes)
            && pair.First with { TopSizes = pair.Second.TopSizes, BottomSizes = pair.Second.BottomSizes } == pair.Second);
}

/// <summary>A distance or wave as an organiser writes it.</summary>
/// <param name="DivisionId">Which one is changed; none: a new one.</param>
/// <param name="Name">As people call it; no two of a race alike.</param>
/// <param name="Fee">In whole units of the race's currency.</param>
/// <param name="Capacity">Places in all.</param>
/// <param name="TopSizes">Shirts to choose from.</param>
/// <param name="BottomSizes">Shorts to choose from.</param>
public sealed record DivisionDraft(
    Guid? DivisionId = null, string? Name = null, int? Fee = null, int? Capacity = null, IReadOnlyList<string?>? TopSizes = null, IReadOnlyList<string?>? BottomSizes = null);

/// <summary>A part of a refund policy as an organiser writes it: at least so many days before the race, so many percent come back.</summary>
public sealed record RefundTierDraft(int? DaysBefore, int? Percent);
