using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How many processes of this resource run.</summary>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}

/// <summary>What has to be the case with another resource before this one starts.</summary>
public enum WaitType
{
    WaitUntilHealthy = 0,
}

/// <summary>What waiting does when the awaited resource cannot come.</summary>
public enum WaitBehavior
{
    WaitOnResourceUnavailable = 0,
    StopOnResourceUnavailable = 1,
}

/// <summary>This resource starts after another.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;
    public WaitType WaitType { get; } = waitType;
}

/// <summary>A relation to another resource, for the reader and for the order of stopping.</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;
    public string Type { get; } = type;
}

/// <summary>The key of a health check that this resource has to pass to count as healthy.</summary>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key;
}

/// <summary>Adds arguments when the process is started.</summary>
public class CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback) : IResourceAnnotation
{
    public Func<CommandLineArgsCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>The arguments so far.</summary>
public sealed class CommandLineArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    public IList<object> Args { get; } = args;
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Adds environment variables when the process is started.</summary>
public class EnvironmentCallbackAnnotation : IResourceAnnotation
{
    public EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) => Callback = callback;

    public EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> callback) => Callback = context =>
    {
        callback(context);
        return Task.CompletedTask;
    };

    public Func<EnvironmentCallbackContext, Task> Callback { get; }
}

/// <summary>The environment variables so far; a value is a string or an <see cref="IValueProvider"/>.</summary>
public class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default)
{
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;
    public IResource Resource { get; } = resource;
    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>A place at which a resource listens.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol,
    string? uriScheme = null,
    string? transport = null,
    string? name = null,
    int? port = null,
    int? targetPort = null,
    bool? isExternal = null,
    bool isProxied = true) : IResourceAnnotation
{
    public ProtocolType Protocol { get; set; } = protocol;
    public string UriScheme { get; set; } = uriScheme ?? "tcp";
    public string Transport { get; set; } = transport ?? (uriScheme is "http" or "https" ? "http" : "tcp");
    public string Name { get; set; } = name ?? uriScheme ?? "tcp";

    /// <summary>The wanted port; null takes a free one.</summary>
    public int? Port { get; set; } = port;

    public int? TargetPort { get; set; } = targetPort;
    public bool IsExternal { get; set; } = isExternal ?? false;
    public bool IsProxied { get; set; } = isProxied;

    /// <summary>Where it really is; null before the start. With replicas, the first one's.</summary>
    public AllocatedEndpoint? AllocatedEndpoint { get; set; }
}

/// <summary>An address that has been given to an endpoint.</summary>
public class AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port, string? targetPortExpression = null)
{
    public EndpointAnnotation Endpoint { get; } = endpoint;
    public string Address { get; } = address;
    public int Port { get; } = port;
    public string? TargetPortExpression { get; } = targetPortExpression;
    public string UriScheme => Endpoint.UriScheme;
    public string EndPointString => $"{Address}:{Port}";
    public string UriString => $"{UriScheme}://{EndPointString}";
    public override string ToString() => UriString;
}
