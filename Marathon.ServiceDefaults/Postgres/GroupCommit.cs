using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>How many items in one transaction, and how many may wait.</summary>
public sealed record GroupCommitOptions(int LargestBatch = 100, int Queue = 5000);

/// <summary>
/// Many callers' writes as few transactions. One transaction per request makes a convoy on a hot row, since its lock spans the
/// commit's fsync; so requests wait in a bounded queue, and a writer takes all that is there, up to a limit, and writes it with
/// one statement. Alone, an item is written at once; the longer a write takes, the more gather meanwhile, so batches grow by themselves under load.
/// <para>
/// A batch of ten costs about what one of thirty does. So where several came together, and not yet many, the writer pauses for as long as it has just written: nobody waits much longer, as
/// the machine has less to do (docs/performance.md).
/// </para>
/// </summary>
/// <typeparam name="TItem">What one caller wants written.</typeparam>
/// <typeparam name="TResult">What became of it.</typeparam>
[SuppressMessage("Reliability", "CA2000", Justification = "The cancellation source is disposed in DisposeAsync.")]
public sealed class GroupCommit<TItem, TResult> : IAsyncDisposable
{
    private readonly record struct Waiting(TItem Item, TaskCompletionSource<TResult> Result);

    private const int Several = 4, Enough = 24;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly Channel<Waiting> queue;
    private readonly Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> write;
    private readonly int largestBatch;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task writer;

    /// <param name="options">Its size.</param>
    /// <param name="write">
    /// Writes a batch in one transaction and returns a result per item, in the same order. When it throws on a batch of several, each item
    /// is tried alone, so that one caller's bad item never fails its neighbours.
    /// </param>
    public GroupCommit(GroupCommitOptions options, Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> write)
    {
        this.write = write;
        largestBatch = options.LargestBatch;
        queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(options.Queue) { FullMode = BoundedChannelFullMode.Wait });
        // It belongs to no request: not to the one that happens to be the first, either.
        using (ExecutionContext.SuppressFlow()) writer = Task.Run(WriteAsync);
    }

    /// <summary>
    /// Puts <paramref name="item"/> in the queue; false at once when it is full. What is accepted is written even if the caller leaves.
    /// </summary>
    public bool TryWrite(TItem item, [NotNullWhen(true)] out Task<TResult>? result)
    {
        var waiting = new Waiting(item, new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        result = queue.Writer.TryWrite(waiting) ? waiting.Result.Task : null;
        return result is not null;
    }

    /// <summary>As <see cref="TryWrite"/>, but waits for a place in the queue: for work that was already accepted.</summary>
    public async Task<TResult> WriteAsync(TItem item, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(item, new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        await queue.Writer.WriteAsync(waiting, cancellationToken);
        return await waiting.Result.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what is in the queue, at most five seconds long, then stops. To dispose again does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!queue.Writer.TryComplete()) return;
        stopping.CancelAfter(TimeSpan.FromSeconds(5));
        await writer;
        stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        var (batch, took) = (new List<Waiting>(largestBatch), TimeSpan.Zero);
        while (await queue.Reader.WaitToReadAsync())
        {
            if (batch.Count >= Several && queue.Reader.Count < Enough) await Task.Delay(took < LongestPause ? took : LongestPause);
            batch.Clear();
            while (batch.Count < largestBatch && queue.Reader.TryRead(out var waiting)) batch.Add(waiting);
            if (batch.Count == 0) continue;
            var began = Stopwatch.GetTimestamp();
            await WriteAsync(batch);
            took = Stopwatch.GetElapsedTime(began);
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        try
        {
            var results = await write(batch.ConvertAll(waiting => waiting.Item), stopping.Token);
            for (var i = 0; i < batch.Count; i++) batch[i].Result.SetResult(results[i]);
        }
        catch (PostgresException) when (batch.Count > 1)
        {
            foreach (var waiting in batch) await WriteAsync([waiting]);
        }
        catch (Exception exception)
        {
            foreach (var waiting in batch) waiting.Result.TrySetException(exception);
        }
    }
}
