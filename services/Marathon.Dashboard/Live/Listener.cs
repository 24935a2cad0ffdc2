namespace Marathon.Dashboard.Live;

/// <summary>
/// One open stream: what is to be sent next, and nothing more. Each view is whole, so one that was not sent when the next one comes is not missed, and a slow
/// reader costs no more than a fast one.
/// </summary>
internal sealed class Listener(Action<Listener> leave, Guid? registrationId = null) : IDisposable
{
    private readonly SemaphoreSlim woken = new(0);
    private Frame? next;

    /// <summary>Whose page it is; null: nobody's.</summary>
    public Guid? RegistrationId => registrationId;

    public void Offer(Frame frame)
    {
        Interlocked.Exchange(ref next, frame);
        Wake();
    }

    /// <summary>Lets it say that it is still there.</summary>
    public void Wake()
    {
        if (woken.CurrentCount == 0) woken.Release();
    }

    /// <summary>The next view; null when there is only to be said that somebody is still there.</summary>
    public async Task<Frame?> NextAsync(CancellationToken cancellationToken)
    {
        await woken.WaitAsync(cancellationToken);
        return Interlocked.Exchange(ref next, null);
    }

    public void Dispose() => leave(this);
}

/// <summary>An event as it is sent, encoded once for all who listen.</summary>
/// <param name="Id">What a reader names when it comes back.</param>
/// <param name="Bytes">In the format of <c>text/event-stream</c>.</param>
internal sealed record Frame(string Id, byte[] Bytes);
