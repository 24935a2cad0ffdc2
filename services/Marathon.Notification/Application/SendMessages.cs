using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Application;

/// <summary>
/// Gives queued messages to the sender: lease, send, note. After a crash between the last two the lease runs out and the same message is sent
/// again with the same reference and text, which the sender knows.
/// </summary>
public sealed class SendMessages(IMessages messages, ISmsSender sender, Templates templates, Outbox outbox, TimeProvider time)
{
    /// <summary>Longer than a sender may take, shorter than a runner would wonder.</summary>
    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(15), SendTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Sends at most <paramref name="limit"/>; returns how many there were.</summary>
    public async Task<int> HandleAsync(int limit, CancellationToken cancellationToken)
    {
        var lease = Guid.CreateVersion7();
        var leased = await messages.LeaseAsync(lease, LeaseLength, limit, templates, cancellationToken);
        if (leased.Count == 0) return 0;

        await sender.SendAsync([.. leased.Select(message => new Sms(message.Id, message.PhoneNo, message.Text))], cancellationToken)
            .WaitAsync(SendTimeout, time, cancellationToken);

        var byId = leased.ToDictionary(message => message.Id);
        var now = time.GetUtcNow();
        await using var work = await outbox.BeginAsync(cancellationToken);
        foreach (var (id, version) in await messages.AcceptAsync(lease, leased, now, work, cancellationToken))
        {
            var message = byId[id];
            work.Publish(new SmsAccepted
            {
                RegistrationId = message.RegistrationId,
                Number = message.Number,
                MessageId = id,
                Kind = message.Kind,
                Text = message.Told,
                At = now,
            }, version, message.TraceParent);
        }
        await work.CommitAsync(cancellationToken);
        return leased.Count;
    }
}
