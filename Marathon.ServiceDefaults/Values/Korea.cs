namespace Marathon.ServiceDefaults.Values;

/// <summary>
/// The time where races are run: days are Korea's, and instants are told in its time. It has had one time and no summer time since 1988; a race elsewhere would
/// need a time zone of its own.
/// </summary>
public static class Korea
{
    /// <summary>How far its clocks are ahead of UTC.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(9);

    /// <summary>The same instant by its clocks.</summary>
    public static DateTimeOffset There(DateTimeOffset instant) => instant.ToOffset(Offset);

    /// <summary>The day that it is there.</summary>
    public static DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(There(instant).DateTime);

    /// <summary>When the day is over there.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => new(day.AddDays(1).ToDateTime(TimeOnly.MinValue), Offset);
}
