using System.Reflection;

namespace Marathon.LocalHosting;

/// <summary>A project whose built program is known, so that nothing has to be built at the start. The generated <c>Projects.*</c> are.</summary>
public interface IBuiltProject
{
    /// <summary>The full path of the project's assembly (<c>.dll</c>).</summary>
    string AssemblyPath { get; }
}

/// <summary>Paths that the build wrote into assemblies.</summary>
internal static class BuiltPaths
{
    public static string? ProjectFolderOf(Assembly? appHost) => Read(appHost, "apphostprojectpath");

    public static string Broker => Read(typeof(BuiltPaths).Assembly, "marathon-broker")
        ?? throw new InvalidOperationException("Marathon.LocalHosting was built without the path of the broker.");

    /// <summary>The <c>dotnet</c> that runs us.</summary>
    public static string Dotnet
    {
        get
        {
            var root = new DirectoryInfo(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent?.Parent;
            var dotnet = root is null ? null : Path.Combine(root.FullName, "dotnet");
            return File.Exists(dotnet) ? dotnet : "dotnet";
        }
    }

    private static string? Read(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(fact => fact.Key == key)?.Value;
}
