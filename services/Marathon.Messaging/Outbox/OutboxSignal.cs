namespace Marathon.Messaging;

/// <summary>Wakes the relays of this process after a commit. A relay elsewhere finds the events by its slow poll.</summary>
public sealed class OutboxSignal(TimeProvider time) : IDisposable
{
    private readonly Rush rush = new(time);
    private readonly SemaphoreSlim[] woken = [.. Enumerable.Range(0, OutboxShards.Count).Select(_ => new SemaphoreSlim(0))];

    /// <inheritdoc cref="Rush.IsCrowded"/>
    internal bool IsCrowded => rush.IsCrowded;

    /// <inheritdoc cref="Rush.IsOn"/>
    internal bool IsRush => rush.IsOn;

    internal void Wake(int events)
    {
        rush.Committed(events);
        // One pending wake-up is enough: a pass reads all there is.
        foreach (var shard in woken)
            if (shard.CurrentCount == 0) shard.Release();
    }

    internal async Task WaitAsync(short shard, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await woken[shard].WaitAsync(atMost, cancellationToken);
        while (woken[shard].CurrentCount > 0 && woken[shard].Wait(0, CancellationToken.None)) { }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in woken) shard.Dispose();
    }
}
