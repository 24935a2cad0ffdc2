using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marathon.Testing;

/// <summary>The other services, as far as a service can tell: their events, put on the broker by the relay's own sender.</summary>
public sealed class EventSource : IDisposable
{
    private readonly EventSender sender;

    /// <summary>A source at the broker of <see cref="Servers.Kafka"/>.</summary>
    public EventSource(string kafka)
    {
        Components.PrepareKafka();
        sender = new EventSender(new KafkaConnection(kafka), "tests", NullLogger.Instance);
    }

    /// <summary>Sends one event, the <paramref name="version"/>th of its aggregate in its stream.</summary>
    public Task SendAsync(IntegrationEvent told, int version) => SendAsync([(told, version)]);

    /// <summary>Sends events in this order; returns when the broker has acknowledged all of them.</summary>
    public async Task SendAsync(IEnumerable<(IntegrationEvent Event, int Version)> events)
    {
        foreach (var (told, version) in events)
            await sender.SendAsync(new StoredEvent(
                EventCatalog.Stream(told.GetType()), told.AggregateId, version, EventCatalog.Name(told.GetType()), EventCatalog.Serialize(told),
                TraceParent: null, DateTimeOffset.UtcNow), CancellationToken.None);
        await sender.AcknowledgedAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose() => sender.Dispose();
}
