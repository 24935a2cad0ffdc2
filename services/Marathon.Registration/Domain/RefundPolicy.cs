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

    /// <summary>What it promises to whoever registers for a race on <paramref name="race"/>.</summary>
    public IEnumerable<RefundPromise> PromisesFor(DateOnly race) => Tiers.Select(tier => new RefundPromise(race.AddDays(-tier.DaysBefore), tier.Percent));

    /// <summary>
    /// Whether nobody who cancels from <paramref name="today"/> on, and before the race is over, gets less for a race on <paramref name="race"/> than they were
    /// promised. It is the last days that decide, those that have not passed. (A race that is moved into the past gives nothing any more.)
    /// </summary>
    public bool Keeps(IEnumerable<RefundPromise> promised, DateOnly race, DateOnly today) => promised
        .Where(promise => promise.LastDay >= today)
        .All(promise => PercentAt(race.DayNumber - Math.Max(today.DayNumber, Math.Min(promise.LastDay.DayNumber, race.DayNumber))) >= promise.Percent);

    private int PercentAt(int daysLeft) => Tiers.Where(tier => daysLeft >= tier.DaysBefore).Select(tier => tier.Percent).DefaultIfEmpty(0).Max();
}

/// <summary>At least so many days before the race, so many percent come back.</summary>
public sealed record RefundTier(int DaysBefore, int Percent);

/// <summary>Whoever cancels on the last day, in Korea, or before gets at least so many percent back.</summary>
public sealed record RefundPromise(DateOnly LastDay, int Percent);
