namespace Marathon.Messaging;

/// <summary>
/// Whether it is worth while to keep events back: people wait for one another at this process's door, and more of them are served where those who only hear of it wait instead.
/// <para>
/// That they wait is seen by what is committed: many events at once, commit after commit, since while one is written the next ones gather
/// (<see cref="ServiceDefaults.Postgres.GroupCommit{TItem,TResult}"/>). A single transaction of a thousand is no crowd.
/// </para>
/// <para>
/// Whether listeners are the reason cannot be told from that: what comes evenly, a thousand a second, makes a crowd as well, on a machine that has time for door and listeners together. Hence
/// it is tried out (docs/adr/0013). For a second of crowd all is told, and what is committed is counted; then nothing is told, and it is counted again. Where that was not clearly more,
/// it is no rush, and it is not tried again so soon. Where it was, it is one, as long as it is more.
/// </para>
/// </summary>
internal sealed class Rush(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(150);

    /// <summary>In a window: commits at least, events in all, and for each commit. What these are is in docs/adr/0013.</summary>
    private const int Commits = 2, Events = 20, Many = 8;

    /// <summary>Windows that are counted without listeners, and twice as many with them; and between the two those in which listeners do what they have in hand.</summary>
    private const int Counted = 4, InHand = 6;

    /// <summary>
    /// So many times as much is clearly more, and is more still. In a sale it is twice as much; of what comes evenly it is the same but for chance. Where it goes up or down by as much as that
    /// while all is told, nothing can be told yet: a process has just started, or the disk was held up.
    /// </summary>
    private const double Clearly = 1.4, Still = 1.2;

    /// <summary>A moment in which the server writes a checkpoint, and commits nothing, is no end of it.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After a trial that was in vain, as it puts off what is told; after each one in a row for twice as long, up to the second of these. A crowd that comes when there was none for the first of
    /// these is another one, and so is a larger one.
    /// </summary>
    private static readonly TimeSpan NotAgainFor = TimeSpan.FromMinutes(1), NotAgainForLong = TimeSpan.FromMinutes(4);

    private enum Stage { Told, Tried, On }

    private readonly Lock gate = new();
    private readonly Queue<(int Events, TimeSpan Took)> counted = [];
    private TimeSpan began = time.GetElapsedTime(0), lastCrowd = -Lasts, lastMore, since, notBefore, rest = NotAgainFor;
    private Stage stage = Stage.Told;
    private double told;
    private int commits, events;

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
                return stage != Stage.Told;
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
        if (commits >= Commits && events >= Math.Max(Events, Many * commits)) lastCrowd = began + Window;
        counted.Enqueue((events, now - began));
        if (counted.Count > 2 * Counted) counted.Dequeue();
        (began, commits, events) = (now, 0, 0);

        if (now - lastCrowd >= NotAgainFor) (notBefore, rest) = (now, NotAgainFor);
        var next = stage switch
        {
            Stage.Told => WhileTold(now),
            _ when now - lastCrowd >= Lasts => Stage.Told,
            Stage.Tried => WhileTried(now),
            _ => WhileOn(now),
        };
        if (next == stage) return now;
        (stage, since) = (next, now);
        counted.Clear();
        return now;
    }

    private Stage WhileTold(TimeSpan now)
    {
        if (now - lastCrowd >= 2 * Window) counted.Clear();
        if (counted.Count < 2 * Counted || !IsEven() || (now < notBefore && Rate(counted) < Still * told)) return Stage.Told;
        told = Rate(counted);
        return Stage.Tried;
    }

    private Stage WhileTried(TimeSpan now)
    {
        if (now - since <= InHand * Window) counted.Clear();
        if (counted.Count < Counted) return Stage.Tried;
        if (Rate(counted) >= Clearly * told)
        {
            (lastMore, rest) = (now, NotAgainFor);
            return Stage.On;
        }
        (notBefore, rest) = (now + rest, rest < NotAgainForLong ? 2 * rest : rest);
        return Stage.Told;
    }

    private Stage WhileOn(TimeSpan now)
    {
        if (Rate(counted.TakeLast(Counted)) >= Still * told) lastMore = now;
        return now - lastMore >= Lasts ? Stage.Told : Stage.On;
    }

    private bool IsEven() => Rate(counted.Take(Counted)) is var first && Rate(counted.TakeLast(Counted)) is var last && Math.Max(first, last) < Still * Math.Min(first, last);

    private static double Rate(IEnumerable<(int Events, TimeSpan Took)> windows) => windows.Sum(window => window.Events) / windows.Sum(window => window.Took.TotalSeconds);
}
