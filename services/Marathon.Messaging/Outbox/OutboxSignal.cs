namespace Marathon.Messaging;

/// <summary>Wakes the relay of this process after a commit. A relay elsewhere finds the events by its slow poll.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim woken = new(0);

    internal void Wake()
    {
        // One pending wake-up is enough: a pass reads all there is.
        if (woken.CurrentCount == 0) woken.Release();
    }

    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await woken.WaitAsync(atMost, cancellationToken);
        while (woken.CurrentCount > 0 && woken.Wait(0, CancellationToken.None)) { }
    }

    /// <inheritdoc/>
    public void Dispose() => woken.Dispose();
}

/// <summary>An aggregate's events all go through one shard, which keeps their order.</summary>
internal static class OutboxShards
{
    /// <summary>One relay sends far more than these databases write; the column and the lock are per shard should that change.</summary>
    public const short Count = 1;

    public static short Of(Guid aggregateId) => (short)((uint)aggregateId.GetHashCode() % Count);
}
