using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Marathon.LocalHosting;

/// <summary>Gives every resource its address, starts all of them and, at the end, stops them in the reverse order.</summary>
internal sealed class Supervisor(
    DistributedApplicationModel model, DistributedApplicationExecutionContext execution, DataFolder data,
    ResourceNotificationService notifications, IConfiguration configuration) : IHostedService, IAsyncDisposable
{
    /// <summary>The embedded broker cannot be told to make topics by its clients; it makes these at its start.</summary>
    private static readonly string[] Topics =
        ["marathon.races", "marathon.registrations", "marathon.payments", "marathon.deliveries", "marathon.stock", "marathon.procurements", "marathon.notifications", "marathon.resends"];
    private const int Partitions = 12;

    private readonly List<Instance> instances = [];
    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private readonly Output output = new(data.Combine("logs"), toConsole: !data.IsTest);
    private readonly CancellationTokenSource ended = new();
    private Task board = Task.CompletedTask;
    private Task databases = Task.CompletedTask;
    private bool stopped;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        data.Hold();
        var status = new StatusBoard(notifications, data.Combine("state.json"), output.Write);
        foreach (var resource in model.Resources)
        {
            GiveAddresses(resource);
            foreach (var note in resource.Annotations.OfType<NoteAnnotation>()) output.Write($"{resource.Name}: {note.Text}");
            var ids = ReplicaAddresses.IdsOf(resource).ToArray();
            for (var replica = 0; replica < ids.Length; replica++)
                if (Create(resource, ids[replica], replica) is { } instance) instances.Add(instance);
            if (resource is not ParameterResource)
                foreach (var id in ids) status.Announce(id);
        }
        foreach (var resource in instances.Select(instance => instance.Resource).Distinct()) AddLifeCycleCommands(resource);
        board = status.RunAsync(ended.Token);
        databases = FollowServersAsync(ended.Token);
        foreach (var instance in instances) await instance.StartAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (stopped) return;
        stopped = true;
        output.Write("stopping");
        foreach (var layer in instances.GroupBy(instance => DepthOf(instance.Resource, [])).OrderByDescending(layer => layer.Key))
            await Task.WhenAll(layer.Select(instance => instance.StopAsync()));
        await ended.CancelAsync();
        await Task.WhenAll(board, databases).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        foreach (var instance in instances) instance.Dispose();
        output.Dispose();
        http.Dispose();
        ended.Dispose();
        data.Dispose();
    }

    private void GiveAddresses(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().ToArray())
        {
            var count = resource.GetReplicaCount();
            // A project's launch profile names a port for `dotnet run`; only the way in from outside keeps it.
            var wanted = data.IsTest || count > 1 || resource is ProjectResource && !endpoint.IsExternal ? null : endpoint.Port;
            if (wanted is { } port && !Ports.IsFree(port))
                throw new DistributedApplicationException($"Port {port}, which '{resource.Name}' needs, is in use by another program. Stop that first.");
            var host = wanted is not null && endpoint.UriScheme == "http" ? "localhost" : "127.0.0.1";
            var addresses = Enumerable.Range(0, count)
                .Select(_ => new AllocatedEndpoint(endpoint, host, wanted ?? Ports.Free())).ToArray();
            endpoint.AllocatedEndpoint = addresses[0];
            resource.Annotations.Add(new ReplicaAddresses(endpoint, [.. addresses.Select(address => address.UriString)]));
        }
    }

    private Instance? Create(IResource resource, string id, int replica)
    {
        if (resource is not (ProjectResource or PostgresServerResource or KafkaServerResource)) return null;
        var log = output.For(id);
        var endpoint = resource.Annotations.OfType<EndpointAnnotation>().First();
        var url = ReplicaAddresses.Of(resource, endpoint)[replica];
        LocalProcess local = resource switch
        {
            ProjectResource project => new ProjectProcess(project, id, url, execution, http),
            PostgresServerResource server => new PostgresProcess(server, endpoint.AllocatedEndpoint!.Port, data, log),
            _ when configuration["KAFKA_HOME"] is { Length: > 0 } home =>
                new ApacheKafkaProcess(home, endpoint.AllocatedEndpoint!.Port, data.Combine(resource.Name)),
            _ => new EmbeddedBrokerProcess(endpoint.AllocatedEndpoint!.Port, Topics, Partitions),
        };
        return new Instance(resource, id, url, local, notifications, log);
    }

    /// <summary>A database is there when its server is healthy: the server's health check creates what is missing.</summary>
    private async Task FollowServersAsync(CancellationToken ct)
    {
        await foreach (var change in notifications.WatchAsync(ct))
        {
            if (change.Resource is not PostgresServerResource server) continue;
            foreach (var database in model.Resources.OfType<PostgresDatabaseResource>().Where(database => database.Parent == server))
            {
                var status = change.Snapshot.HealthReports.FirstOrDefault()?.Status;
                await notifications.PublishUpdateAsync(database, snapshot =>
                    snapshot.State == change.Snapshot.State && snapshot.HealthReports.FirstOrDefault()?.Status == status ? snapshot : snapshot with
                    {
                        State = change.Snapshot.State,
                        HealthReports = [new HealthReportSnapshot($"{database.Name}_check", status, null, null)],
                    });
            }
        }
    }

    private void AddLifeCycleCommands(IResource resource)
    {
        Add(KnownResourceCommands.StartCommand, "Start", instance => instance.StartAsync());
        Add(KnownResourceCommands.StopCommand, "Stop", instance => instance.StopAsync());
        Add(KnownResourceCommands.RestartCommand, "Restart", async instance =>
        {
            await instance.StopAsync();
            await instance.StartAsync();
        });

        void Add(string name, string displayName, Func<Instance, Task> action) => resource.Annotations.Add(new ResourceCommandAnnotation(
            name, displayName, _ => ResourceCommandState.Enabled, async context =>
            {
                await action(instances.Single(instance => instance.Id == context.ResourceName));
                return CommandResults.Success();
            }, null, null, null, null, null, isHighlighted: false));
    }

    /// <summary>How many resources stand below this one; what depends on others is stopped first.</summary>
    private static int DepthOf(IResource resource, HashSet<IResource> path)
    {
        if (!path.Add(resource)) return 0;
        var below = resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource)
            .Concat(resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(relation => relation.Resource))
            .Concat(resource is IResourceWithParent child ? [child.Parent] : []);
        var depth = below.Select(other => DepthOf(other, path) + 1).DefaultIfEmpty(0).Max();
        path.Remove(resource);
        return depth;
    }
}
