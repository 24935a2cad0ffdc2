using System.Reflection;
using System.Runtime.InteropServices;
using Marathon.LocalHosting;

namespace Marathon.Testing;

/// <summary>How Marathon.Messaging.Worker is started, and how it says where it listens.</summary>
internal static class WorkerProgram
{
    private const string Listening = "worker at ";

    private static readonly string Assembly = typeof(WorkerProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(fact => fact.Key == "marathon-worker").Value!;

    /// <summary>The <c>dotnet</c> that runs us.</summary>
    public static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>At a port of its own choosing.</summary>
    public static Launch Launch(IReadOnlyDictionary<string, string> environment) => new(
        Dotnet, [Assembly], new Dictionary<string, string>(environment) { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" }, Path.GetDirectoryName(Assembly)!);

    /// <summary>Its address, when <paramref name="line"/> of its output says it; else null.</summary>
    public static Uri? AddressIn(string line) => line.StartsWith(Listening, StringComparison.Ordinal) ? new Uri(line[Listening.Length..]) : null;
}
