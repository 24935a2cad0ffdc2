namespace Marathon.Notification.Application;

/// <summary>A message as the sender gets it.</summary>
/// <param name="Reference">Our message id. The sender takes a reference once: to give it again changes nothing.</param>
/// <param name="PhoneNo">To whom.</param>
/// <param name="Text">What it says.</param>
public sealed record Sms(Guid Reference, string PhoneNo, string Text);

/// <summary>The provider who brings messages to phones.</summary>
public interface ISmsSender
{
    /// <summary>
    /// Returns when the sender has taken every message of the batch. When it throws, any of them may have been taken: the batch is given again
    /// with the same references.
    /// </summary>
    Task SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken);
}
