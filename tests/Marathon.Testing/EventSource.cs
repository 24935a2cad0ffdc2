using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marathon.Testing;

/// <summary>The other services, as far as a service can tell: their events, put on the broker by the relay's own sender.</summary>
public sealed class EventSource : IDisposable
{
    private readonly EventSender sender;

    /// <summary>A source at the broker of <see cref="Servers.Kafka"/>, under the name of a service, if it is to be asked again for what is missed.</summary>
    public EventSource(string kafka, string source = "tests")
    {
        Components.PrepareKafka();
        sender = new EventSender(new KafkaConnection(kafka), source, NullLogger.Instance);
    }

    /// <summary>Sends one event, the <paramref name="version"/>th of its aggregate in its stream.</summary>
    public Task SendAsync(IntegrationEvent told, int version) => SendAsync([(told, version)]);

    /// <summary>Sends events in this order, told <paramref name="occurredAt"/>, or now; returns when the broker has acknowledged all of them.</summary>
    public async Task SendAsync(IEnumerable<(IntegrationEvent Event, int Version)> events, DateTimeOffset? occurredAt = null)
    {
        foreach (var (told, version) in events)
            await sender.SendAsync(new StoredEvent(
                EventCatalog.Stream(told.GetType()), told.AggregateId, version, EventCatalog.Name(told.GetType()), EventCatalog.Serialize(told),
                TraceParent: null, occurredAt ?? DateTimeOffset.UtcNow), CancellationToken.None);
        await sender.AcknowledgedAsync(CancellationToken.None);
    }

    /// <summary>
    /// Sends what is in a service's outbox, as its relay would, but in the order that <paramref name="arrange"/> makes of it, which may leave events
    /// out and repeat them.
    /// </summary>
    public async Task SendStoredAsync(
        NpgsqlDataSource teller, string stream, Func<IReadOnlyList<(Guid AggregateId, int Version)>, IEnumerable<(Guid AggregateId, int Version)>> arrange)
    {
        var stored = new Dictionary<(Guid, int), StoredEvent>();
        await using (var select = teller.CreateCommand("SELECT aggregate_id, version, type, payload, occurred_at FROM outbox WHERE stream = $1 ORDER BY seq"))
        {
            select.Parameters.Add(new() { Value = stream });
            await using var rows = await select.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                stored.Add((rows.GetGuid(0), rows.GetInt32(1)), new StoredEvent(
                    stream, rows.GetGuid(0), rows.GetInt32(1), rows.GetString(2), rows.GetFieldValue<byte[]>(3), null, rows.GetFieldValue<DateTimeOffset>(4)));
        }
        foreach (var key in arrange([.. stored.Keys])) await sender.SendAsync(stored[key], CancellationToken.None);
        await sender.AcknowledgedAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose() => sender.Dispose();
}
