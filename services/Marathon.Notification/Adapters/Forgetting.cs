using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Application;

namespace Marathon.Notification.Adapters;

/// <summary>
/// A person is erased: what they were sent is empty, what they were still to be sent is not sent, and nothing is sent to them any more. The others hear that
/// no message comes after.
/// </summary>
public sealed class Forgetting(IMessages messages, Erasure erasure) : IHandle<RegistrationErased>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationErased>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var byId = events.ToDictionary(heard => heard.Event.RegistrationId);
        await messages.PauseAsync(work, cancellationToken);
        await erasure.EraseAsync(work, byId.Keys, cancellationToken);
        foreach (var (registration, version) in await messages.EndAsync([.. byId.Keys], work, cancellationToken))
        {
            var erased = byId[registration];
            work.Publish(new MessagesErased { RegistrationId = registration, Number = erased.Event.Number, At = erased.Event.At }, version, erased.TraceParent);
        }
    }
}
