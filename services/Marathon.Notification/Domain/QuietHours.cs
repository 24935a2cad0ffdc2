using System.Globalization;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Notification.Domain;

/// <summary>When nobody in Korea is woken for what can wait.</summary>
/// <param name="From">The hour of the evening from which on it is quiet.</param>
/// <param name="Until">The hour of the morning until which.</param>
public sealed record QuietHours(TimeOnly From, TimeOnly Until)
{
    /// <summary>From <c>21:00-08:00</c>; null for nothing, when it is never quiet.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static QuietHours? Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        return text.Split('-') is [var from, var until]
            && TimeOnly.TryParseExact(from.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var evening)
            && TimeOnly.TryParseExact(until.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var morning)
            ? new QuietHours(evening, morning)
            : throw new FormatException($"'{text}' are no hours. Write them like 21:00-08:00.");
    }

    /// <summary>When it is over, if it is quiet at <paramref name="now"/>; null if it is not.</summary>
    public DateTimeOffset? End(DateTimeOffset now)
    {
        var there = Korea.There(now);
        var time = TimeOnly.FromTimeSpan(there.TimeOfDay);
        // IsBetween knows of midnight.
        if (!time.IsBetween(From, Until)) return null;
        var morning = new DateTimeOffset(there.Date, Korea.Offset) + Until.ToTimeSpan();
        return (morning > there ? morning : morning.AddDays(1)).ToUniversalTime();
    }
}
