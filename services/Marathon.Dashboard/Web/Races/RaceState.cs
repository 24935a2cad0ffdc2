using Marathon.Dashboard.Lists;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Dashboard.Web.Races;

/// <summary>What one can do about a race now, as a reader sees it.</summary>
internal enum RaceState
{
    /// <summary>Registration begins later.</summary>
    Soon,
    Open,
    SoldOut,

    /// <summary>The organiser works on it.</summary>
    Suspended,

    /// <summary>No more registrations are taken.</summary>
    Closed,

    /// <summary>It was run.</summary>
    Over,
}

internal static class RaceStates
{
    private static readonly TimeSpan Opening = TimeSpan.FromMinutes(1);

    /// <summary>By what is known of it and by the clock: whichever closes it first.</summary>
    public static RaceState At(this RaceView race, DateTimeOffset now) => race switch
    {
        _ when race.Date < Korea.DayOf(now) => RaceState.Over,
        { Status: "CLOSED" } => RaceState.Closed,
        _ when race.ClosesAt <= now => RaceState.Closed,
        { Status: "SUSPENDED" } => RaceState.Suspended,
        // It is opened a moment after its time, by the clock of whoever opens it; those who wait for it are let in at their own.
        { Status: "SCHEDULED" } when race.OpensAt > now || race.OpensAt is null => RaceState.Soon,
        { IsSoldOut: true } => RaceState.SoldOut,
        _ => RaceState.Open,
    };

    /// <summary>Whether it is open since so shortly that Registration, or one of its replicas, may not have opened it yet.</summary>
    public static bool IsOpening(this RaceView race, DateTimeOffset now) => race.At(now) == RaceState.Open && now - race.OpensAt < Opening;

    /// <summary>The look of its mark.</summary>
    public static string Look(this RaceState state) => state switch
    {
        RaceState.Open => "good",
        RaceState.Soon => "tint",
        RaceState.Suspended => "wait",
        RaceState.SoldOut => "bad",
        _ => "",
    };
}
