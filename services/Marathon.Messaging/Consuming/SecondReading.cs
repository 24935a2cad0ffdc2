using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// Reads everything that was ever told once more, into other tables, beside the reading that goes on: by the same handlers, with an inbox, positions and a consumer
/// group of its own. What the broker no longer has is noticed missing and asked for, as always.
/// </summary>
public sealed class SecondReading
{
    private readonly Handlers handlers;
    private readonly IServiceScopeFactory scopes;
    private readonly MessagingOptions options;
    private readonly KafkaConnection kafka;
    private readonly OutboxSignal signal;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;

    internal SecondReading(
        Handlers handlers, IServiceScopeFactory scopes, MessagingOptions options, KafkaConnection kafka, OutboxSignal signal, TimeProvider time, ILoggerFactory loggers) =>
        (this.handlers, this.scopes, this.options, this.kafka, this.signal, this.time, this.loggers) = (handlers, scopes, options, kafka, signal, time, loggers);

    /// <summary>Reads, from where it was or from the beginning, until it is cancelled; what fails on the way is tried again.</summary>
    /// <param name="into">Connections whose search path finds the other tables first: the effects', <c>inbox</c>, <c>parked_events</c> and <c>consumer_positions</c>.</param>
    /// <param name="group">The consumer group.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task RunAsync(NpgsqlDataSource into, string group, CancellationToken cancellationToken)
    {
        var own = options with { Source = group };
        // It is no lag that what happened long ago is heard of now: the meters are not told.
        var applier = new EventApplier(new Outbox(into, signal, time), handlers, scopes, own, meter: null, time, loggers.CreateLogger<EventApplier>());
        var status = new MessagingStatus(into, own, time);
        return ConsumerHost.KeepAsync(
            ended => new Consumer(handlers, applier, into, kafka, own, status, loggers.CreateLogger<Consumer>(), ended).Run(), own, loggers.CreateLogger<SecondReading>(), cancellationToken);
    }
}
