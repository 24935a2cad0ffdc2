namespace Marathon.Registration.Domain;

/// <summary>What is paid back on a cancellation: the tier with the most days that are still left, or nothing.</summary>
/// <param name="Tiers">In any order.</param>
public sealed record RefundPolicy(IReadOnlyList<RefundTier> Tiers)
{
    /// <summary>Everything until two weeks before, half until three days before, nothing after.</summary>
    public static RefundPolicy Usual { get; } = new([new(14, 100), new(3, 50)]);

    /// <summary>The part of <paramref name="amount"/> that is paid back, rounded down to a whole unit.</summary>
    public int RefundOf(int amount, DateOnly race, DateOnly today)
    {
        var percent = PercentAt(race.DayNumber - today.DayNumber);
        return (int)((long)amount * percent / 100);
    }

    /// <summary>
    /// Whether nobody who cancels from <paramref name="today"/> on, and before the race is over, gets less for a race on <paramref name="race"/> than by the policy
    /// and for the day that they were promised. It is the last days of its tiers that decide, those that have not passed. (A race that is moved into the past gives nothing any more.)
    /// </summary>
    public bool GivesAtLeast(RefundPolicy promised, DateOnly race, DateOnly promisedRace, DateOnly today) => promised.Tiers
        .Select(tier => (LastDay: promisedRace.DayNumber - tier.DaysBefore, tier.Percent))
        .Where(tier => tier.LastDay >= today.DayNumber)
        .All(tier => PercentAt(race.DayNumber - Math.Max(today.DayNumber, Math.Min(tier.LastDay, race.DayNumber))) >= tier.Percent);

    private int PercentAt(int daysLeft) => Tiers.Where(tier => daysLeft >= tier.DaysBefore).Select(tier => tier.Percent).DefaultIfEmpty(0).Max();
}

/// <summary>At least so many days before the race, so many percent come back.</summary>
public sealed record RefundTier(int DaysBefore, int Percent);
