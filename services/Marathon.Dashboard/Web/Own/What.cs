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

    private static bool Stands(this MyPageView view) => view.Status is "REGISTERED" or "HELD";

    /// <summary>What comes back at a cancellation today, in percent, by the tiers that the race has; null where they are not known.</summary>
    public static int? RefundPercent(IReadOnlyList<RaceRefundTier>? tiers, DateOnly race, DateTimeOffset now)
    {
        var today = Korea.DayOf(now);
        return tiers?.Where(tier => race.DayNumber - today.DayNumber >= tier.DaysBefore).Select(tier => tier.Percent).DefaultIfEmpty(0).Max();
    }
}
