using Marathon.Contracts;

namespace Marathon.Messaging;

/// <summary>
/// What a service does when it hears of <typeparamref name="TEvent"/>. The effect is written inside <c>work</c>, in the same transaction as the
/// note that the events were applied: each is applied exactly once, in order of its aggregate.
/// </summary>
/// <typeparam name="TEvent">The event.</typeparam>
public interface IHandle<TEvent> where TEvent : IntegrationEvent
{
    /// <summary>
    /// Applies events of different aggregates (never two of one, so that one statement may write them all). To throw parks the event at fault as a
    /// dead letter, after the others were applied without it.
    /// </summary>
    Task HandleAsync(IReadOnlyList<Received<TEvent>> events, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>An event as a service hears it.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Version">The how many-th event of its aggregate in its stream.</param>
/// <param name="OccurredAt">When it was written.</param>
/// <param name="TraceParent">What caused it: to be handed on with what follows from it.</param>
/// <typeparam name="TEvent">The event.</typeparam>
public sealed record Received<TEvent>(TEvent Event, int Version, DateTimeOffset OccurredAt, string? TraceParent) where TEvent : IntegrationEvent;
