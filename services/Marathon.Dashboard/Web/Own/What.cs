using Marathon.Contracts;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Dashboard.Web.Own;

/// <summary>What a page offers to do. It may be too late by a moment: Registration decides.</summary>
internal static class What
{
    /// <summary>While the kit is with the organiser.</summary>
    public static bool MayChange(this MyPageView view) =>
        view.MayChooseMessages() && view.DeliveryStatus is null or "RECEIVED" or "READY" or "BACKORDERED" or "RETURNED";

    public static bool MayChooseMessages(this MyPageView view) => view.Stands() && view.Name is { Length: > 0 };

    public static bool MayCancel(this MyPageView view) => view.Stands() && view.CheckedInAt is null;

    /// <summary>Whether there is a kit, or will be.</summary>
    public static bool HasKit(this MyPageView view) => view.DeliveryStatus is not null || view.Stands();

    private static bool Stands(this MyPageView view) => view.Status is "REGISTERED" or "HELD";

    /// <summary>What comes back at a cancellation today, in percent, by the tiers that the race has; null where they are not known. As Registration's RefundPolicy will reckon it: a page asks nobody, and knows the tiers by event.</summary>
    public static int? RefundPercent(IReadOnlyList<RaceRefundTier>? tiers, DateOnly race, DateTimeOffset now)
    {
        var today = Korea.DayOf(now);
        return tiers?.Where(tier => race.DayNumber - today.DayNumber >= tier.DaysBefore).Select(tier => tier.Percent).DefaultIfEmpty(0).Max();
    }

    /// <summary>What comes back less and less as the race comes nearer. A tier that gives no more than one with fewer days says nothing.</summary>
    public static IReadOnlyList<RaceRefundTier> RefundSteps(IReadOnlyList<RaceRefundTier> tiers) =>
    [
        .. tiers.Where(tier => tier.Percent > tiers.Where(later => later.DaysBefore < tier.DaysBefore).Select(later => later.Percent).DefaultIfEmpty(0).Max())
            .OrderByDescending(tier => tier.DaysBefore),
    ];
}
