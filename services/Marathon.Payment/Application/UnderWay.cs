using System.Collections.Concurrent;

namespace Marathon.Payments.Application;

/// <summary>What is being done in this process, by registration: it goes on when its caller has left, and whoever comes meanwhile waits for the same.</summary>
internal sealed class UnderWay<TResult>
{
    private readonly ConcurrentDictionary<Guid, Task<TResult>> works = new();

    /// <summary>The work on this registration; <paramref name="begin"/> begins it when there is none.</summary>
    public Task<TResult> Join(Guid registrationId, Func<Task<TResult>> begin)
    {
        var own = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var joined = works.GetOrAdd(registrationId, own.Task);
        if (joined == own.Task) _ = RunAsync(registrationId, begin(), own);
        return joined;
    }

    private async Task RunAsync(Guid registrationId, Task<TResult> work, TaskCompletionSource<TResult> own)
    {
        await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        works.TryRemove(registrationId, out _);
        own.SetFromTask(work);
    }
}
