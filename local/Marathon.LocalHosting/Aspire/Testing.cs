using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Marathon.LocalHosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>A model that a test may still change before it is built.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>
/// Runs an application host's own entry point up to <c>Build()</c>. Ports are free ones and the data folder is a private one, deleted at
/// the end.
/// </summary>
public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => RunEntryPointAsync(typeof(TEntryPoint), [], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => RunEntryPointAsync(typeof(TEntryPoint), args, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default) =>
        RunEntryPointAsync(entryPoint, [], cancellationToken);

    /// <param name="entryPoint">Any type of the application host's assembly; <c>Projects.Marathon_AppHost</c> is meant for this.</param>
    /// <param name="args">Given to the entry point.</param>
    /// <exception cref="DistributedApplicationException">The entry point ended without building an application.</exception>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default) =>
        RunEntryPointAsync(entryPoint, args, cancellationToken);

    /// <summary>An empty model, for a test that brings its own.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) =>
        new EntryPointTestingBuilder(new DistributedApplicationBuilder(new DistributedApplicationOptions { Args = args }, isTest: true), run: null);

    private static async Task<IDistributedApplicationTestingBuilder> RunEntryPointAsync(Type entryPoint, string[] args, CancellationToken ct)
    {
        var run = EntryPointRun.Start(entryPoint.Assembly, args);
        return new EntryPointTestingBuilder(await run.ModelReady.WaitAsync(ct), run);
    }
}

internal sealed class EntryPointTestingBuilder(DistributedApplicationBuilder builder, EntryPointRun? run) : IDistributedApplicationTestingBuilder
{
    internal DataFolder Folder => builder.Folder;

    public ConfigurationManager Configuration => builder.Configuration;
    public IServiceCollection Services => builder.Services;
    public IHostEnvironment Environment => builder.Environment;
    public DistributedApplicationExecutionContext ExecutionContext => builder.ExecutionContext;
    public IResourceCollection Resources => builder.Resources;
    public Assembly? AppHostAssembly => builder.AppHostAssembly;
    public string AppHostDirectory => builder.AppHostDirectory;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => builder.AddResource(resource);
    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => builder.CreateResourceBuilder(resource);
    public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
        run is null ? builder.Build() : await run.BuildAsync().WaitAsync(cancellationToken);

    public void Dispose() => run?.Finish();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Ways into a running application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    /// <exception cref="ArgumentException">There is no such resource, or it has no such endpoint.</exception>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        Find(app, resourceName) is IResourceWithEndpoints resource && resource.GetEndpoint(endpointName ?? "http") is { Exists: true } endpoint
            ? new Uri(endpoint.Url)
            : throw new ArgumentException($"The resource '{resourceName}' has no endpoint '{endpointName ?? "http"}'.", nameof(resourceName));

    /// <exception cref="ArgumentException">There is no such resource, or it has no connection string.</exception>
    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find(app, resourceName) is IResourceWithConnectionString resource
            ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new ArgumentException($"The resource '{resourceName}' has no connection string.", nameof(resourceName));

    private static IResource Find(DistributedApplication app, string name) =>
        app.Services.GetRequiredService<DistributedApplicationModel>().Resources
            .SingleOrDefault(resource => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no resource '{name}'.", nameof(name));
}
