using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Marathon.LocalHosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Collects the model.</summary>
public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }
    IServiceCollection Services { get; }
    IHostEnvironment Environment { get; }
    DistributedApplicationExecutionContext ExecutionContext { get; }
    IResourceCollection Resources { get; }
    Assembly? AppHostAssembly { get; }

    /// <summary>The folder of the application host's project.</summary>
    string AppHostDirectory { get; }

    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;
    DistributedApplication Build();
}

/// <inheritdoc cref="IDistributedApplicationBuilder"/>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder inner;

    public DistributedApplicationBuilder(string[] args) : this(new DistributedApplicationOptions { Args = args }) { }

    public DistributedApplicationBuilder(DistributedApplicationOptions options) : this(options, EntryPointRun.Current is not null) =>
        EntryPointRun.Current?.Created(this);

    internal DistributedApplicationBuilder(DistributedApplicationOptions options, bool isTest)
    {
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name)
            : EntryPointRun.Current?.Assembly ?? Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? BuiltPaths.ProjectFolderOf(AppHostAssembly) ?? Directory.GetCurrentDirectory();
        inner = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ApplicationName = AppHostAssembly?.GetName().Name,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = isTest ? Environments.Development : null,
        });
        Folder = isTest ? DataFolder.ForTest() : DataFolder.ForRun(Configuration["MARATHON_DATA"], AppHostDirectory);
        ExecutionContext = new DistributedApplicationExecutionContext(
            Configuration["publisher"] is not null || string.Equals(Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase)
                ? DistributedApplicationOperation.Publish : DistributedApplicationOperation.Run);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Folder);
        Services.AddSingleton<DistributedApplicationModel>(_ => new DistributedApplicationModel(Resources));
        Services.AddSingleton(_ => new ResourceNotificationService());
        Services.AddSingleton(services => new ResourceCommandService(services));
        Services.AddSingleton<Supervisor>();
        Services.AddHostedService(services => services.GetRequiredService<Supervisor>());
        Services.AddHttpClient();
        Services.AddHealthChecks();
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        inner.Logging.ClearProviders();
        if (!isTest)
        {
            inner.Logging.AddSimpleConsole(console => console.SingleLine = true);
            inner.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning)
                // Why it cannot start is said once, by whoever ran it.
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        }
    }

    internal DataFolder Folder { get; }

    public ConfigurationManager Configuration => inner.Configuration;
    public IServiceCollection Services => inner.Services;
    public IHostEnvironment Environment => inner.Environment;
    public DistributedApplicationExecutionContext ExecutionContext { get; }
    public IResourceCollection Resources { get; } = new ResourceCollection();
    public Assembly? AppHostAssembly { get; }
    public string AppHostDirectory { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"There is a resource named '{resource.Name}' already; names have to differ by more than case.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        EntryPointRun.Current?.WaitForTest();
        var application = new DistributedApplication(inner.Build());
        EntryPointRun.Current?.Built(application);
        return application;
    }

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection;

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder builder, T resource) : IResourceBuilder<T> where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder { get; } = builder;
        public T Resource { get; } = resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
                foreach (var old in Resource.Annotations.OfType<TAnnotation>().ToArray()) Resource.Annotations.Remove(old);
            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}

/// <summary>Finds resources that are already in the model.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <exception cref="InvalidOperationException">There is no such resource, or it is of another type.</exception>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name) where T : IResource =>
        builder.TryCreateResourceBuilder<T>(name, out var found) ? found
            : throw new InvalidOperationException($"There is no resource '{name}' of type {typeof(T).Name}.");

    public static bool TryCreateResourceBuilder<T>(
        this IDistributedApplicationBuilder builder, string name, [NotNullWhen(true)] out IResourceBuilder<T>? resourceBuilder) where T : IResource
    {
        var resource = builder.Resources.SingleOrDefault(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase));
        resourceBuilder = resource is T typed ? builder.CreateResourceBuilder(typed) : null;
        return resourceBuilder is not null;
    }
}
