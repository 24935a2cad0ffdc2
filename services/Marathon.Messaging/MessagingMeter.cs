using System.Diagnostics;
using System.Diagnostics.Metrics;
using Marathon.ServiceDefaults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>What an operator watches of the messaging of one service.</summary>
public sealed class MessagingMeter
{
    internal static readonly ActivitySource Activities = new("Marathon.Messaging");

    private readonly Counter<long> sent, applied, dropped, parked;
    private readonly Histogram<double> lag;
    private volatile MessagingState? state;

    /// <summary>Registers the instruments.</summary>
    public MessagingMeter(IMeterFactory meters)
    {
        var meter = meters.Create("Marathon.Messaging");
        sent = meter.CreateCounter<long>("marathon.outbox.sent", "{event}", "Events acknowledged by the broker");
        applied = meter.CreateCounter<long>("marathon.inbox.applied", "{event}", "Events applied");
        dropped = meter.CreateCounter<long>("marathon.inbox.dropped", "{event}", "Events that were known already");
        parked = meter.CreateCounter<long>("marathon.inbox.parked", "{event}", "Events put aside, by state");
        lag = meter.CreateHistogram<double>("marathon.event.lag", "s", "From the fact to its application");
        meter.CreateObservableGauge("marathon.outbox.unsent", () => state?.Unsent ?? 0, "{event}", "Events committed and not yet acknowledged by the broker");
        meter.CreateObservableGauge("marathon.outbox.oldest", () => state?.OldestUnsent.TotalSeconds ?? 0, "s", "How long the oldest unsent event has been waiting");
        meter.CreateObservableGauge("marathon.outbox.leads", () => state?.Leads.Count ?? 0, "{shard}", "Shards whose relay leads in this process");
        meter.CreateObservableGauge("marathon.consumer.behind", () => Each(state?.Lag, "stream"), "{message}", "Messages there and not applied");
        meter.CreateObservableGauge("marathon.inbox.aside", () => Each(state?.Parked, "state"), "{event}", "Events that lie aside");
    }

    internal void Sent(int events) => sent.Add(events);

    internal void Applied(IReadOnlyCollection<InboxEvent> events, DateTimeOffset now)
    {
        applied.Add(events.Count);
        foreach (var heard in events) lag.Record((now - heard.OccurredAt).TotalSeconds, new KeyValuePair<string, object?>("stream", heard.Stream));
    }

    internal void Dropped(int events) => dropped.Add(events);

    internal void Parked(int events, string state)
    {
        if (events > 0) parked.Add(events, new KeyValuePair<string, object?>("state", state));
    }

    private static IEnumerable<Measurement<long>> Each(IReadOnlyDictionary<string, long>? counts, string tag) =>
        (counts ?? new Dictionary<string, long>()).Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>(tag, count.Key)));

    /// <summary>Looks now and then how things stand: an instrument is read without waiting for a database.</summary>
    internal sealed class Sampler(MessagingMeter meter, MessagingStatus status, MessagingOptions options, TimeProvider time, ILogger<MessagingMeter> logger) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.SampleInterval).RunAsync(
            async cancellationToken => { meter.state = await status.ReadAsync(cancellationToken); },
            exception => logger.LogDebug("Not sampled: {Reason}", Rounds.Reason(exception)), stoppingToken);
    }
}
