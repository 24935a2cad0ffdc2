using Confluent.Kafka;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.ServiceDefaults;

/// <summary>
/// A round every so often, for as long as the service runs: what a worker in the background does. The first one is at once. One that fails is told of and
/// followed by another after a rest, whatever it was: what nobody thought of must end neither the worker nor, as it would, the process.
/// </summary>
/// <param name="Time">Whose time the rests take.</param>
/// <param name="Rest">Between the end of a round and the next.</param>
public sealed record Rounds(TimeProvider Time, TimeSpan Rest)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), Fine = TimeSpan.FromMinutes(1);

    /// <summary>After a round that failed, where that is not <see cref="Rest"/>; after more of them in a row as <see cref="RestAfter"/> says.</summary>
    public TimeSpan? RestAfterFailure { get; init; }

    /// <summary>
    /// Doubled with each failure in a row, up to about ten seconds, and never the same for all: what is away because too much is asked of it never comes back while everybody asks as often
    /// as before. (PostgreSQL that takes longer for a connection than anybody waits for one makes them all in vain.)
    /// </summary>
    /// <param name="failures">In a row, up to now: <see cref="InARow"/>.</param>
    /// <param name="first">After the first. Longer than ten seconds, it does not grow.</param>
    public static TimeSpan RestAfter(int failures, TimeSpan first)
    {
        var grown = first * Math.Pow(2, Math.Min(failures - 1, 20));
        return (grown < Longest ? grown : first > Longest ? first : Longest) * (0.75 + Random.Shared.NextDouble() / 2);
    }

    /// <summary>How many have failed in a row. What has worked for a minute until it failed, as one that leads does for weeks, has not failed again, but for once.</summary>
    /// <param name="before">How many had, before this one.</param>
    /// <param name="lasted">How long this one took to fail.</param>
    public static int InARow(int before, TimeSpan lasted) => lasted < Fine ? before + 1 : 1;

    /// <summary>Returns at the end of the service, and never throws.</summary>
    /// <param name="round">Whether there is more: then the next is at once.</param>
    /// <param name="failed">Told what a round has thrown; not at the end, when everything is broken off.</param>
    /// <param name="cancellationToken">The end.</param>
    public async Task RunAsync(Func<CancellationToken, Task<bool>> round, Action<Exception> failed, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var (rest, begun) = (Rest, Time.GetTimestamp());
            try
            {
                var more = await round(cancellationToken);
                failures = 0;
                if (more) continue;
            }
            catch (Exception exception)
            {
                if (cancellationToken.IsCancellationRequested) return;
                failed(exception);
                failures = InARow(failures, Time.GetElapsedTime(begun));
                rest = RestAfter(failures, RestAfterFailure ?? Rest);
            }
            await Task.Delay(rest, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>As the other, of rounds after each of which there is a rest.</summary>
    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task{bool}}, Action{Exception}, CancellationToken)"/>
    public Task RunAsync(Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken cancellationToken) => RunAsync(
        async cancellation =>
        {
            await round(cancellation);
            return false;
        }, failed, cancellationToken);

    /// <summary>
    /// What a log says of a failure: its text alone while the database, the broker or another service is away; of what nobody expected also what it was and where. Never what
    /// an exception carries besides: that may be somebody's.
    /// </summary>
    public static string Reason(Exception exception) => DatabaseFaults.WillPass(exception) || exception is KafkaException or HttpRequestException or OperationCanceledException
        ? exception.Message
        : $"{exception.GetType().Name}: {exception.Message}{Environment.NewLine}{exception.StackTrace}";
}
