using System.Globalization;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Marathon.Solapi;

namespace Marathon.Chaos;

/// <summary>Whoever brings messages to phones, in a process of its own that is killed like the others. What it took, it keeps in a file.</summary>
internal sealed class Provider : IDisposable
{
    /// <summary>Of its resource.</summary>
    public const string Name = "solapi";

    /// <summary>After how long it is asked about what is in doubt.</summary>
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(8);

    private readonly string book = Path.Combine(Path.GetTempPath(), $"marathon-book-{Guid.NewGuid():N}");

    /// <summary>What it has taken by now.</summary>
    public IReadOnlyList<TakenMessage> Taken => SolapiBook.Read(book);

    /// <summary>
    /// Makes Notification send by it. Of its answers the part <paramref name="faults"/> is wrong; where there was none it is asked <see cref="AskAfter"/> later what it has. It is killed, starts
    /// cold and competes for two cores with everybody else, so it keeps what is asked of every provider (docs/notification.md): what it comes to so much later it does not take.
    /// </summary>
    public void AddTo(IDistributedApplicationBuilder builder, double faults)
    {
        var solapi = builder.AddProject<Project>(Name).WithHttpHealthCheck("/health")
            .WithEnvironment("SOLAPI_BOOK", book).WithEnvironment("SOLAPI_FAULTS", faults.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment("SOLAPI_PATIENCE", AskAfter.ToString("c", CultureInfo.InvariantCulture));
        var notification = builder.CreateResourceBuilder<ProjectResource>("notification").WithEnvironment("Notification__Solapi__Endpoint", solapi.GetEndpoint("http"));
        foreach (var (name, value) in ((string, string)[])
        [
            ("Provider", "solapi"), ("Solapi__ApiKey", SolapiServer.ApiKey), ("Solapi__ApiSecret", SolapiServer.ApiSecret), ("Solapi__From", SolapiServer.From),
            ("QuietHours", ""), ("SendTimeout", "00:00:02"), ("AskAfter", AskAfter.ToString("c", CultureInfo.InvariantCulture)), ("LongestRetryDelay", "00:00:02"), ("ReportInterval", "00:00:01"),
        ])
            notification.WithEnvironment("Notification__" + name, value);
    }

    public void Dispose() => File.Delete(book);

    /// <summary>As the build would generate it of a project that an application model refers to.</summary>
    private sealed class Project : IProjectMetadata
#if !ASPIRE
        , LocalHosting.IBuiltProject
#endif
    {
        public string ProjectPath { get; } = typeof(SolapiServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "project-path").Value!;
        public bool SuppressBuild => true;
        public string AssemblyPath => typeof(SolapiServer).Assembly.Location;
    }
}
