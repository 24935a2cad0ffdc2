namespace Marathon.Messaging;

/// <summary>
/// Whether people wait for one another at this process's door: what it commits carries many events at once, commit after commit, since while one is written
/// the next ones gather (<see cref="ServiceDefaults.Postgres.GroupCommit{TItem,TResult}"/>). A single transaction of a thousand is no crowd.
/// <para>
/// Listeners may be the reason why they wait, or not. The door writes at once whatever has come, in small batches while it has time: it keeps a machine busy that has room for door and
/// listeners together. Hence it is tried out: if soon after listeners are given no more the crowd is gone, there is time for them, they are told, and it is not tried again so soon. If
/// people still wait it is a rush, until there is time to spare.
/// </para>
/// </summary>
internal sealed class Rush(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(150);

    /// <summary>In a window: commits at least, events in all, and for each commit. What these are is in docs/adr/0013.</summary>
    private const int Commits = 2, Events = 20, Many = 8;

    /// <summary>Windows with time to spare, less those with a crowd, that end it. Of a rush that has lasted, some are out of line: it has credit.</summary>
    private const int Enough = 2, Credit = 10;

    /// <summary>A moment in which the server writes a checkpoint, and commits nothing, is no end of it.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After it was on for less than it lasts: a trial that showed time to spare. After each one in a row for twice as long, up to the second of these, as it puts off what is told. A crowd that
    /// comes when there was none for the first of these is another one.
    /// </summary>
    private static readonly TimeSpan NotAgainFor = TimeSpan.FromMinutes(1), NotAgainForLong = TimeSpan.FromMinutes(4);

    private readonly Lock gate = new();
    private TimeSpan began = time.GetElapsedTime(0), lastCrowd = -Lasts, since, notBefore, rest = NotAgainFor;
    private bool isOn;
    private int commits, events, spare;

    /// <summary>Whether people waited for one another a moment ago, whatever the reason.</summary>
    public bool IsCrowded
    {
        get
        {
            lock (gate) return Turn() - lastCrowd < 2 * Window;
        }
    }

    /// <summary>Whether those who only hear of it should wait.</summary>
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

    private TimeSpan Turn()
    {
        var now = time.GetElapsedTime(0);
        if (now - began < Window) return now;
        if (commits >= Commits && events >= Math.Max(Events, Many * commits))
        {
            lastCrowd = began + Window;
            if (!isOn && lastCrowd >= notBefore) (isOn, since, spare) = (true, lastCrowd, 0);
            else spare = Math.Max(now - since < Lasts ? 0 : -Credit, spare - 1);
        }
        else if (isOn && commits >= Commits && events < Many * commits && ++spare >= Enough)
        {
            isOn = false;
            if (now - since >= Lasts) rest = NotAgainFor;
            else (notBefore, rest) = (now + rest, rest < NotAgainForLong ? 2 * rest : rest);
        }
        if (now - lastCrowd >= Lasts)
        {
            if (isOn && lastCrowd - since >= Lasts) rest = NotAgainFor;
            isOn = false;
        }
        if (now - lastCrowd >= NotAgainFor) (notBefore, rest) = (now, NotAgainFor);
        (began, commits, events) = (now, 0, 0);
        return now;
    }
}
