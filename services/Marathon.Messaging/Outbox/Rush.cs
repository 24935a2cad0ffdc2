namespace Marathon.Messaging;

/// <summary>
/// Whether people wait for one another at this process's door: what it commits carries many events at once, commit after commit, since while one is written
/// the next ones gather (<see cref="ServiceDefaults.Postgres.GroupCommit{TItem,TResult}"/>). Where there is time to spare nearly each is committed alone, however many come. A single
/// transaction of a thousand is no rush.
/// </summary>
internal sealed class Rush(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500);

    /// <summary>In a window: commits, and events to each of them.</summary>
    private const int Commits = 8, Crowd = 6;

    private readonly Lock gate = new();
    private long began = time.GetTimestamp();
    private int commits, events;
    private bool isOn;

    /// <summary>As the last whole half second was.</summary>
    public bool IsOn
    {
        get
        {
            lock (gate)
            {
                Turn();
                return isOn;
            }
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

    private void Turn()
    {
        var passed = time.GetElapsedTime(began);
        if (passed < Window) return;
        // Long without a commit is no rush, however it was before.
        isOn = passed < 2 * Window && commits >= Commits && events >= Crowd * commits;
        (began, commits, events) = (time.GetTimestamp(), 0, 0);
    }
}
