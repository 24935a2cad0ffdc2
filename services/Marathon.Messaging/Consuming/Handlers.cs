using System.Diagnostics;
using Marathon.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging;

/// <summary>Which events a service listens to, and what it does at each.</summary>
public sealed class Handlers
{
    private readonly Dictionary<string, Func<IServiceProvider, IEnumerable<InboxEvent>, UnitOfWork, CancellationToken, Task>> byType = [];
    private readonly SortedSet<string> streams = [];
    private readonly HashSet<string> beginnings = [], begun = [];
    private readonly IServiceCollection services;

    internal Handlers(IServiceCollection services) => this.services = services;

    /// <summary>The streams to read.</summary>
    internal IReadOnlyCollection<string> Streams => streams;

    /// <summary>At <typeparamref name="TEvent"/> do what <typeparamref name="THandler"/> does.</summary>
    public Handlers On<TEvent, THandler>() where TEvent : IntegrationEvent where THandler : class, IHandle<TEvent>
    {
        services.AddScoped<THandler>();
        streams.Add(EventCatalog.Stream(typeof(TEvent)));
        if (beginnings.Contains(EventCatalog.Name(typeof(TEvent)))) throw new InvalidOperationException($"{typeof(TEvent).Name} is passed over.");
        byType.Add(EventCatalog.Name(typeof(TEvent)), (scope, events, work, cancellationToken) =>
            scope.GetRequiredService<THandler>().HandleAsync(events.Select(Read<TEvent>).ToList(), work, cancellationToken));
        return this;
    }

    /// <summary>
    /// Passes over <typeparamref name="TEvent"/>, with which an aggregate begins in its stream and at which nothing is done here: it is not noted, either. Every registration begins so in each
    /// stream, and in a sell-out few are ever heard of again. All beginnings of the stream are to be named (./marathon chaos checks that they are): of whom nothing is noted, one of them is
    /// taken to have come.
    /// </summary>
    public Handlers PassOver<TEvent>() where TEvent : IntegrationEvent
    {
        if (byType.ContainsKey(EventCatalog.Name(typeof(TEvent)))) throw new InvalidOperationException($"{typeof(TEvent).Name} has a handler.");
        beginnings.Add(EventCatalog.Name(typeof(TEvent)));
        begun.Add(EventCatalog.Stream(typeof(TEvent)));
        return this;
    }

    /// <summary>Whether it is a beginning that does not matter here.</summary>
    internal bool PassesOver(InboxEvent heard) => heard.Version == 1 && beginnings.Contains(heard.Type);

    /// <summary>The version at which an aggregate stands of which nothing is noted.</summary>
    internal int Beginning(string stream) => begun.Contains(stream) ? 1 : 0;

    /// <summary>Applies events of one type; those that nobody here acts on are only counted.</summary>
    internal async Task ApplyAsync(IServiceProvider scope, string type, IReadOnlyCollection<InboxEvent> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (!byType.TryGetValue(type, out var handle)) return;
        // One span for the step, in the trace of the first of its events and linked to the others'.
        using var activity = MessagingMeter.Activities.HasListeners()
            ? MessagingMeter.Activities.StartActivity("process " + type, ActivityKind.Consumer, Context(events.First()),
                links: events.Skip(1).Select(next => new ActivityLink(Context(next))))
            : null;
        await handle(scope, events, work, cancellationToken);
    }

    private static ActivityContext Context(InboxEvent heard) =>
        ActivityContext.TryParse(heard.TraceParent, null, isRemote: true, out var context) ? context : default;

    private static Received<TEvent> Read<TEvent>(InboxEvent heard) where TEvent : IntegrationEvent =>
        new((TEvent)EventCatalog.Deserialize(typeof(TEvent), heard.Payload), heard.Version, heard.OccurredAt, heard.TraceParent);
}
