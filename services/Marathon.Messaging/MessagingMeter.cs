using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Marathon.Messaging;

/// <summary>What an operator watches of the messaging of one service.</summary>
public sealed class MessagingMeter(IMeterFactory meters)
{
    internal static readonly ActivitySource Activities = new("Marathon.Messaging");

    private readonly Meter meter = meters.Create("Marathon.Messaging");
    private Counter<long>? sent, applied, dropped, parked;
    private Histogram<double>? lag;

    internal void Sent(int events) =>
        (sent ??= meter.CreateCounter<long>("marathon.outbox.sent", "{event}", "Events acknowledged by the broker")).Add(events);

    internal void Applied(int events) =>
        (applied ??= meter.CreateCounter<long>("marathon.inbox.applied", "{event}", "Events applied")).Add(events);

    internal void Dropped(int events) =>
        (dropped ??= meter.CreateCounter<long>("marathon.inbox.dropped", "{event}", "Events that were known already")).Add(events);

    internal void Parked(int events, string state) =>
        (parked ??= meter.CreateCounter<long>("marathon.inbox.parked", "{event}", "Events put aside: waiting for one before them, or failed")).Add(events, new KeyValuePair<string, object?>("state", state));

    internal void Lag(TimeSpan age, string stream) =>
        (lag ??= meter.CreateHistogram<double>("marathon.event.lag", "s", "From the fact to its application")).Record(age.TotalSeconds, new KeyValuePair<string, object?>("stream", stream));
}
