using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Marathon.LocalHosting;

/// <summary>How one instance of a resource is started and looked after.</summary>
internal abstract class LocalProcess
{
    /// <summary>What asks it to end in an orderly way.</summary>
    public virtual PosixSignalNumber StopSignal => PosixSignalNumber.Terminate;

    /// <summary>Whether <see cref="IsAliveAsync"/> is asked, and the process restarted when it does not answer.</summary>
    public virtual bool IsWatched => false;

    /// <summary>Work before each start.</summary>
    public virtual Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public abstract Task<Launch> DescribeAsync(CancellationToken ct);

    /// <returns>Null when healthy, else what is wrong.</returns>
    public abstract Task<string?> CheckHealthAsync(CancellationToken ct);

    public virtual Task<bool> IsAliveAsync(CancellationToken ct) => Task.FromResult(true);

    /// <summary>The environment the model states for a resource.</summary>
    protected static async Task<Dictionary<string, string>> EnvironmentOfAsync(
        IResource resource, DistributedApplicationExecutionContext execution, CancellationToken ct)
    {
        var context = new EnvironmentCallbackContext(execution, resource, cancellationToken: ct);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray()) await annotation.Callback(context);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables) environment[name] = await TextOfAsync(value, ct);
        return environment;
    }

    protected static async Task<List<string>> ArgumentsOfAsync(IResource resource, CancellationToken ct)
    {
        var context = new CommandLineArgsCallbackContext([], ct);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray()) await annotation.Callback(context);
        var arguments = new List<string>();
        foreach (var value in context.Args) arguments.Add(await TextOfAsync(value, ct));
        return arguments;
    }

    private static async Task<string> TextOfAsync(object value, CancellationToken ct) =>
        (value is IValueProvider provider ? await provider.GetValueAsync(ct) : value.ToString()) ?? "";
}

/// <summary>A .NET project of the solution.</summary>
internal sealed class ProjectProcess(
    ProjectResource resource, string id, string url, DistributedApplicationExecutionContext execution, HttpClient http) : LocalProcess
{
    private readonly HttpHealthCheckAnnotation[] checks = [.. resource.Annotations.OfType<HttpHealthCheckAnnotation>()];

    public override bool IsWatched => true;

    public override async Task<Launch> DescribeAsync(CancellationToken ct)
    {
        var project = resource.GetProjectMetadata();
        var assembly = (project as IBuiltProject)?.AssemblyPath
            ?? throw new DistributedApplicationException($"Where the program of '{resource.Name}' was built to is not known: reference its project.");
        if (!File.Exists(assembly)) throw new DistributedApplicationException($"{assembly} is missing: build the solution.");
        var environment = new Dictionary<string, string>
        {
            ["OTEL_SERVICE_NAME"] = resource.Name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={id}",
        };
        foreach (var (name, value) in await EnvironmentOfAsync(resource, execution, ct)) environment[name] = value;
        environment["ASPNETCORE_URLS"] = url;
        // The program's own name in the list of processes, where the build made one.
        var program = Path.ChangeExtension(assembly, null);
        var arguments = await ArgumentsOfAsync(resource, ct);
        if (Path.IsPathRooted(BuiltPaths.Dotnet)) environment["DOTNET_ROOT"] = Path.GetDirectoryName(BuiltPaths.Dotnet)!;
        return File.Exists(program)
            ? new Launch(program, arguments, environment, Path.GetDirectoryName(project.ProjectPath)!)
            : new Launch(BuiltPaths.Dotnet, [assembly, .. arguments], environment, Path.GetDirectoryName(project.ProjectPath)!);
    }

    public override async Task<string?> CheckHealthAsync(CancellationToken ct)
    {
        foreach (var check in checks)
        {
            using var answer = await http.GetAsync(new Uri(url + check.Path), ct);
            if ((int)answer.StatusCode != check.StatusCode) return $"{check.Path} answered {(int)answer.StatusCode}";
        }
        return null;
    }

    public override async Task<bool> IsAliveAsync(CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri(url + "/alive"), HttpCompletionOption.ResponseHeadersRead, ct);
        return (int)answer.StatusCode < 500;
    }
}

/// <summary>What both kinds of broker share: they are asked in Kafka's own protocol.</summary>
internal abstract class BrokerProcess(int port) : LocalProcess
{
    // ApiVersions v0: length, key 18, version 0, correlation id 1, no client id. Every broker answers it.
    private static readonly byte[] ApiVersions = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF];

    public override bool IsWatched => true;

    public override async Task<string?> CheckHealthAsync(CancellationToken ct) => await IsAliveAsync(ct) ? null : "no answer";

    public override async Task<bool> IsAliveAsync(CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, ct);
        var stream = client.GetStream();
        await stream.WriteAsync(ApiVersions, ct);
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, ct);
        return head[7] == 1;
    }
}

/// <summary>librdkafka's mock cluster as a process.</summary>
internal sealed class EmbeddedBrokerProcess(int port, IReadOnlyList<string> topics, int partitions) : BrokerProcess(port)
{
    private readonly int port = port;
    private int starts;

    public override Task<Launch> DescribeAsync(CancellationToken ct) => Task.FromResult(new Launch(
        BuiltPaths.Dotnet,
        [
            BuiltPaths.Broker, "--port", $"{port}", "--topics", string.Join(',', topics), "--partitions", $"{partitions}",
            "--life", $"{starts++}",
        ],
        new Dictionary<string, string>(),
        Path.GetDirectoryName(BuiltPaths.Broker)!));
}

/// <summary>Apache Kafka from <c>KAFKA_HOME</c>, one node in KRaft mode.</summary>
internal sealed class ApacheKafkaProcess(string home, int port, string folder) : BrokerProcess(port)
{
    private readonly int port = port;
    private readonly int controllerPort = Ports.Free();

    private string Properties => Path.Combine(folder, "server.properties");
    private string Logs => Path.Combine(folder, "data");

    public override async Task PrepareAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Properties, $"""
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:{controllerPort}
            listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}
            advertised.listeners=PLAINTEXT://127.0.0.1:{port}
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            log.dirs={Logs}
            num.partitions=12
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            group.initial.rebalance.delay.ms=200
            """, ct);
        if (File.Exists(Path.Combine(Logs, "meta.properties"))) return;
        var cluster = Convert.ToBase64String(Guid.NewGuid().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await Tools.RunAsync(Path.Combine(home, "bin", "kafka-storage.sh"), ["format", "-t", cluster, "-c", Properties], ct);
    }

    public override Task<Launch> DescribeAsync(CancellationToken ct) => Task.FromResult(new Launch(
        Path.Combine(home, "bin", "kafka-server-start.sh"), [Properties],
        new Dictionary<string, string> { ["LOG_DIR"] = Path.Combine(folder, "logs"), ["KAFKA_HEAP_OPTS"] = "-Xmx512m" }, folder));
}
