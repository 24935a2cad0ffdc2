using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Tells how the instances of the resources are.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceEvent> current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> watchers = [];
    private bool disposed;

    internal ResourceNotificationService() { }

    /// <summary>The present state of every instance, then each change until cancelled.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (gate)
        {
            foreach (var known in current.Values) channel.Writer.TryWrite(known);
            if (disposed) channel.Writer.Complete();
            else watchers.Add(channel);
        }
        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken)) yield return change;
        }
        finally
        {
            lock (gate) watchers.Remove(channel);
        }
    }

    /// <param name="resourceId">An instance's id, or the name of a resource that has one instance.</param>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (gate)
        {
            if (current.TryGetValue(resourceId, out resourceEvent)) return true;
            var named = current.Values.Where(known => IsNamed(known, resourceId)).Take(2).ToArray();
            resourceEvent = named.Length == 1 ? named[0] : null;
            return resourceEvent is not null;
        }
    }

    /// <summary>Waits for the first instance that is, or comes to be, in the state; running unless said otherwise.</summary>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <returns>The state that was reached.</returns>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(
            resourceName, change => change.Snapshot.State is { } state && states.Contains(state.Text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    /// <summary>Waits for the first instance that is, or comes to be, as wanted.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the application ended before.</exception>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
            if (IsNamed(change, resourceName) && predicate(change)) return change;
        throw new OperationCanceledException($"The application ended before the resource '{resourceName}' was as awaited.");
    }

    /// <inheritdoc cref="WaitForResourceHealthyAsync(string, WaitBehavior, CancellationToken)"/>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, WaitBehavior.StopOnResourceUnavailable, cancellationToken);

    /// <summary>Waits for the first instance that is running and healthy.</summary>
    /// <exception cref="DistributedApplicationException">It ended or could not be started, and waiting was to stop then.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var seen = await WaitForResourceAsync(resourceName, IsDecided, cancellationToken);
        return IsHealthy(seen) ? seen
            : throw new DistributedApplicationException($"The resource '{resourceName}' is {seen.Snapshot.State!.Text}, so it will not become healthy.");

        bool IsDecided(ResourceEvent change) => IsHealthy(change) ||
            waitBehavior == WaitBehavior.StopOnResourceUnavailable && KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text);
    }

    /// <summary>Waits until everything is the case that the resource was told to wait for, with every instance of it.</summary>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().ToArray())
        {
            var ready = new ConcurrentDictionary<string, bool>();
            await WaitForResourceAsync(wait.Resource.Name, change =>
            {
                ready[change.ResourceId] = IsHealthy(change);
                return ready.Count >= wait.Resource.GetReplicaCount() && ready.Values.All(met => met);
            }, cancellationToken);
        }
    }

    /// <summary>Changes what is known of a resource's only instance.</summary>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory) =>
        PublishUpdateAsync(resource, resource.Name, stateFactory);

    /// <summary>Changes what is known of an instance, and tells those who watch if it is different then.</summary>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (gate)
        {
            var before = current.TryGetValue(resourceId, out var known) ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", ""), Properties = [] };
            var after = stateFactory(before);
            if (known is not null && after == before) return Task.CompletedTask;
            var change = new ResourceEvent(resource, resourceId, after);
            current[resourceId] = change;
            foreach (var watcher in watchers) watcher.Writer.TryWrite(change);
        }
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var watcher in watchers) watcher.Writer.TryComplete();
        }
        GC.SuppressFinalize(this);
    }

    private static bool IsNamed(ResourceEvent change, string name) => string.Equals(change.Resource.Name, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsHealthy(ResourceEvent change) => change.Snapshot.HealthStatus == HealthStatus.Healthy;
}
