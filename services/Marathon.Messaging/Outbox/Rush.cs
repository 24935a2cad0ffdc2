namespace Marathon.Messaging;

/// <summary>
/// Whether people wait for one another at this process's door: what it commits carries many events at once, commit after commit, since while one is written
/// the next ones gather (<see cref="ServiceDefaults.Postgres.GroupCommit{TItem,TResult}"/>). Where there is time to spare nearly each is committed alone, however many come. A single
/// transaction of a thousand is no rush.
/// </summary>
internal sealed class Rush(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500);

    /// <summary>A moment in which the server writes a checkpoint, and commits nothing, is no end of it.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(2);

    /// <summary>In a window: commits at least, events in all, and for each commit.</summary>
    private const int Commits = 2, Events = 50, Crowd = 6;

    private readonly Lock gate = new();
    private TimeSpan began = time.GetElapsedTime(0), lastSeen = -Lasts;
    private int commits, events;

    /// <summary>Whether it was so a moment ago.</summary>
    public bool IsOn
    {
        get
        {
            lock (gate) return Turn() - lastSeen < Lasts;
        }
    }

    public void Committed(int told)
    {
        lock (gate)
        {
            Turn();
            commits++;
            events += told;
        }
    }

    private TimeSpan Turn()
    {
        var now = time.GetElapsedTime(0);
        if (now - began < Window) return now;
        if (commits >= Commits && events >= Math.Max(Events, Crowd * commits)) lastSeen = began + Window;
        (began, commits, events) = (now, 0, 0);
        return now;
    }
}
