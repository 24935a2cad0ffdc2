using System.Reflection;
using Aspire.Hosting;

namespace Marathon.LocalHosting;

/// <summary>
/// One run of an application host's entry point under a test. The entry point works on a thread of its own, pauses in <c>Build()</c> until
/// the test wants the application, and then rests in <c>Run()</c> until the test is done with it.
/// </summary>
internal sealed class EntryPointRun(Assembly assembly)
{
    private static readonly AsyncLocal<EntryPointRun?> Running = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> model = New<DistributedApplicationBuilder>();
    private readonly TaskCompletionSource<DistributedApplication> application = New<DistributedApplication>();
    private readonly TaskCompletionSource buildWanted = New();
    private readonly TaskCompletionSource finished = New();
    private DistributedApplicationBuilder? builder;

    /// <summary>The run that the calling code belongs to.</summary>
    public static EntryPointRun? Current => Running.Value;

    public Assembly Assembly { get; } = assembly;

    /// <summary>The model, when the entry point asks for it to be built.</summary>
    public Task<DistributedApplicationBuilder> ModelReady => model.Task;

    public Task Finished => finished.Task;

    public static EntryPointRun Start(Assembly assembly, string[] args)
    {
        var run = new EntryPointRun(assembly);
        var main = assembly.EntryPoint ?? throw new DistributedApplicationException($"{assembly.GetName().Name} has no entry point.");
        var thread = new Thread(() => run.Execute(main, args)) { IsBackground = true, Name = $"{assembly.GetName().Name} entry point" };
        thread.Start();
        return run;
    }

    public void Created(DistributedApplicationBuilder created) => builder = created;

    public void WaitForTest()
    {
        model.TrySetResult(builder!);
        buildWanted.Task.GetAwaiter().GetResult();
    }

    public void Built(DistributedApplication built)
    {
        built.WhenDisposed(Finish);
        application.TrySetResult(built);
    }

    public Task<DistributedApplication> BuildAsync()
    {
        buildWanted.TrySetResult();
        return application.Task;
    }

    /// <summary>Lets the entry point end.</summary>
    public void Finish()
    {
        finished.TrySetResult();
        buildWanted.TrySetCanceled();
    }

    private void Execute(MethodInfo main, string[] args)
    {
        Running.Value = this;
        try
        {
            var result = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
            (result as Task)?.GetAwaiter().GetResult();
            Fail(new DistributedApplicationException($"The entry point of {Assembly.GetName().Name} ended without building an application."));
        }
        catch (Exception error)
        {
            Fail(error is TargetInvocationException { InnerException: { } inner } ? inner : error);
        }
    }

    // The test sees what went wrong where it awaits the model or the application; after that nobody is left to be told.
    private void Fail(Exception error)
    {
        model.TrySetException(error);
        application.TrySetException(error);
        _ = application.Task.Exception;
        _ = model.Task.Exception;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
