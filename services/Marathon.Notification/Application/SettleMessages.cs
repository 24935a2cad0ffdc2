using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Notification.Application;

/// <summary>Notes what became of messages that the provider had taken: because it says so by itself, or because it was asked.</summary>
public sealed class SettleMessages(IMessageQueue queue, ISmsSender sender, Outbox outbox, NotificationOptions options, NotificationMeter meter, TimeProvider time)
{
    private const int Most = 500;

    /// <summary>The provider says so. Said twice is the same as once.</summary>
    public async Task HandleAsync(IReadOnlyList<SmsReport> reports, CancellationToken cancellationToken)
    {
        if (reports.Count == 0) return;
        var now = time.GetUtcNow();
        await using var work = await outbox.BeginAsync(cancellationToken);
        var settled = await queue.SettleAsync(reports, now, work, cancellationToken);
        foreach (var message in settled)
            work.Publish(message.Reason is { } reason
                ? new SmsFailed { RegistrationId = message.RegistrationId, Number = message.Number, MessageId = message.Id, Kind = message.Kind, Text = message.Text, Reason = reason, At = now }
                : new SmsDelivered { RegistrationId = message.RegistrationId, Number = message.Number, MessageId = message.Id, At = now },
                message.Version, message.TraceParent);
        await work.CommitAsync(cancellationToken);
        foreach (var outcome in settled.CountBy(message => message.Reason is null)) meter.Reported(outcome.Key ? "delivered" : "failed", outcome.Value);
    }

    /// <summary>Asks about what has not been said; returns how many it asked for.</summary>
    public async Task<int> AskAsync(CancellationToken cancellationToken)
    {
        var unreported = await queue.UnreportedAsync(Most, options.ReportInterval, options.LongestReport, cancellationToken);
        if (unreported.Count == 0) return 0;
        await HandleAsync(await sender.ReportAsync(unreported, cancellationToken).WaitAsync(options.SendTimeout, time, cancellationToken), cancellationToken);
        return unreported.Count;
    }
}
