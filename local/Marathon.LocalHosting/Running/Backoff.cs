namespace Marathon.LocalHosting;

/// <summary>How long to wait before the next restart: half a second, doubling to ten, from the beginning again after 30 healthy seconds.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(30);
    private TimeSpan next = First;

    public TimeSpan Next(TimeSpan healthyFor)
    {
        if (healthyFor >= Recovered) next = First;
        var now = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return now;
    }

    public void Reset() => next = First;
}
