using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Marathon.LocalHosting.TestApp;

/// <summary>A model with everything in it: a server with a database, a broker, a service, two replicas that refer to it.</summary>
internal static class TestHost
{
    public static void Run(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        var key = builder.AddParameter("key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);
        var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("things-db", "things");
        var kafka = builder.AddKafka("kafka").WithKafkaUI();
        var single = builder.AddProject<TestProject>("single").WithEnvironment("TEST_SERVICE", "yes").WithHttpHealthCheck("/health");
        builder.AddProject<TestProject>("twice")
            .WithReplicas(2)
            .WithEnvironment("TEST_SERVICE", "yes")
            .WithEnvironment("KEY", key)
            .WithReference(single).WaitFor(single)
            .WithReference(database).WaitFor(database)
            .WithReference(kafka).WaitFor(kafka)
            .WithHttpHealthCheck("/health");
        builder.Build().Run();
    }
}

/// <summary>This program as a project of its own model.</summary>
public sealed class TestProject : IProjectMetadata, IBuiltProject
{
    public string ProjectPath => Path.ChangeExtension(AssemblyPath, ".csproj");
    public string AssemblyPath => typeof(TestProject).Assembly.Location;
}
