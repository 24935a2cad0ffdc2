using Aspire.Hosting.ApplicationModel;
using Marathon.LocalHosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The application: every resource of the model, started and kept running as plain processes on this machine.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost host;
    private Action? disposed;

    public DistributedApplication(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    /// <summary>Runs until Ctrl+C, SIGTERM or a stop of the host; everything is stopped when it returns.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (EntryPointRun.Current is { } observed)
        {
            // Under a test the entry point has done its part once the model is built: the test starts and stops.
            await observed.Finished.WaitAsync(cancellationToken);
            return;
        }
        if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
            throw new DistributedApplicationException("Publishing needs the Aspire build: set MARATHON_ORCHESTRATOR=Aspire.");
        try
        {
            await host.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException impossible)
        {
            // Something about this machine that whoever started it can mend, and no fault of the program: no stack.
            Console.Error.WriteLine($"marathon: {impossible.Message}");
            Environment.ExitCode = 1;
        }
    }

    /// <summary>Starts everything; returns before the resources are healthy.</summary>
    public virtual Task StartAsync(CancellationToken cancellationToken = default) => host.StartAsync(cancellationToken);

    /// <summary>Stops everything in the reverse order of the start.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
        disposed?.Invoke();
        GC.SuppressFinalize(this);
    }

    internal void WhenDisposed(Action callback) => disposed += callback;
}

/// <summary>How a model is to be built.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>The assembly of the application host; the entry assembly unless said otherwise.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The folder of the application host's project.</summary>
    public string? ProjectDirectory { get; set; }
}

/// <summary>What the application host was started for.</summary>
public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

/// <summary>What the application host was started for.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    public DistributedApplicationOperation Operation { get; } = operation;
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
}

/// <summary>The application model is wrong or cannot be run.</summary>
public class DistributedApplicationException : Exception
{
    public DistributedApplicationException() { }
    public DistributedApplicationException(string message) : base(message) { }
    public DistributedApplicationException(string message, Exception inner) : base(message, inner) { }
}
