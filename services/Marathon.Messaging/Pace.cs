using System.Diagnostics;

namespace Marathon.Messaging;

/// <summary>
/// How long a relay or a consumer lets events gather between two pieces of work, from the end of one to the beginning of the next: the first event after a while
/// waits for nothing. A piece costs about the same for one event as for a hundred; without a
/// pause every registration in a sell-out costs each service a transaction of its own.
/// </summary>
/// <remarks>
/// On a machine with time to spare a piece takes some ten milliseconds, and the pause is twice as long. On a busy one the same piece takes several times as
/// long, as it waits for its turn; there the pause grows by the square. Batches then become large by themselves, and leave most of the time to those whom somebody waits for.
/// It goes by what is usual: a single hiccup delays no event further. And it goes by a hundred events: what a piece takes that has a thousand is their own work, of which a longer pause
/// spares nothing.
/// </remarks>
/// <param name="linger">The shortest pause.</param>
internal sealed class Pace(TimeSpan linger)
{
    // Milliseconds. Measured with ./marathon bench messaging and sellout (docs/performance.md): with a longer pause on a quiet machine events are late, with a
    // shorter one on a busy machine registrations are fewer. Pieces is how many make the usual: two seconds of a sell-out, more than a hiccup.
    private const double Even = 5, Longest = 400, Pieces = 32, Many = 100;
    private double usual;
    private long ended = Stopwatch.GetTimestamp();

    /// <summary>What is left of the pause: in all as long as a piece that takes <see cref="Even"/>, eight times as long as one that takes eight times that.</summary>
    public TimeSpan Rest
    {
        get
        {
            var left = Math.Clamp(usual * usual / Even, linger.TotalMilliseconds, Longest) - Stopwatch.GetElapsedTime(ended).TotalMilliseconds;
            return TimeSpan.FromMilliseconds(Math.Max(left, 0));
        }
    }

    /// <summary>Notes what a piece of work took that has just ended, and how many events it had.</summary>
    public void Worked(TimeSpan took, int events)
    {
        usual += ((took.TotalMilliseconds * Many / Math.Max(Many, events)) - usual) / Pieces;
        ended = Stopwatch.GetTimestamp();
    }
}
