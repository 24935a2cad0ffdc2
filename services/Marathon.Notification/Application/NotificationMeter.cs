using System.Diagnostics.Metrics;

namespace Marathon.Notification.Application;

/// <summary>What becomes of messages, counted.</summary>
public sealed class NotificationMeter(IMeterFactory meters)
{
    private readonly Counter<long> attempts = meters.Create("Marathon.Notification").CreateCounter<long>("marathon.sms.sent", "{message}", "Messages given to the provider, by what it said");
    private readonly Counter<long> reports = meters.Create("Marathon.Notification").CreateCounter<long>("marathon.sms.reported", "{message}", "Messages that the provider had taken, by what became of them");

    /// <summary>So many messages were given to the provider, who said <paramref name="outcome"/>.</summary>
    public void Attempted(string outcome, int count) => attempts.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>So many messages were delivered, or have failed.</summary>
    public void Reported(string outcome, int count) => reports.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
}
