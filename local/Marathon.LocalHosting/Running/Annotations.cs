using Aspire.Hosting.ApplicationModel;

namespace Marathon.LocalHosting;

/// <summary>Data stay between runs; without it a server starts empty.</summary>
internal sealed class KeepDataAnnotation : IResourceAnnotation;

/// <summary>Said once in the log at the start.</summary>
internal sealed record NoteAnnotation(string Text) : IResourceAnnotation;

/// <summary>Healthy while this path answers with this status.</summary>
internal sealed record HttpHealthCheckAnnotation(string Endpoint, string Path, int StatusCode) : IResourceAnnotation;

/// <summary>Where each replica listens, in the order of the replicas.</summary>
internal sealed record ReplicaAddresses(EndpointAnnotation Endpoint, IReadOnlyList<string> Urls) : IResourceAnnotation
{
    public static IReadOnlyList<string> Of(IResource resource, EndpointAnnotation endpoint) =>
        resource.Annotations.OfType<ReplicaAddresses>().FirstOrDefault(addresses => addresses.Endpoint == endpoint)?.Urls ?? [];

    /// <summary>The resource's name, numbered from 1 where there are replicas.</summary>
    public static IEnumerable<string> IdsOf(IResource resource) => resource.GetReplicaCount() is > 1 and var count
        ? Enumerable.Range(1, count).Select(number => $"{resource.Name}-{number}") : [resource.Name];
}
