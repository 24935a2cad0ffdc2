using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A resource that others find by its name (<c>http://payment</c>).</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>What the build knows of a project; generated as <c>Projects.*</c> for each project the application host references.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
    LaunchSettings? LaunchSettings => null;
    bool SuppressBuild => false;
    bool IsFileBasedApp => false;
}

/// <summary><c>launchSettings.json</c></summary>
public sealed class LaunchSettings
{
    [JsonPropertyName("profiles")]
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];
}

/// <summary>One profile of <c>launchSettings.json</c></summary>
public sealed class LaunchProfile
{
    [JsonPropertyName("commandName")]
    public string? CommandName { get; set; }

    [JsonPropertyName("commandLineArgs")]
    public string? CommandLineArgs { get; set; }

    [JsonPropertyName("applicationUrl")]
    public string? ApplicationUrl { get; set; }

    [JsonPropertyName("environmentVariables")]
    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
}

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, launchProfileName: "http");

    /// <param name="launchProfileName">The profile that gives environment variables and the port; null for none.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        var project = new TProject();
        var profile = launchProfileName is null ? null : ReadLaunchSettings(project)?.Profiles.GetValueOrDefault(launchProfileName);
        var port = profile?.ApplicationUrl?.Split(';').Select(url => new Uri(url)).FirstOrDefault(url => url.Scheme == "http")?.Port;
        var resource = builder.AddResource(new ProjectResource(name)).WithAnnotation<IProjectMetadata>(project)
            .WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, "http", port: port));
        return profile is null ? resource : resource.WithEnvironment(context =>
        {
            foreach (var (variable, value) in profile.EnvironmentVariables) context.EnvironmentVariables[variable] = value;
        });
    }

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);

    private static LaunchSettings? ReadLaunchSettings(IProjectMetadata project)
    {
        if (project.LaunchSettings is { } given) return given;
        var file = Path.Combine(Path.GetDirectoryName(project.ProjectPath)!, "Properties", "launchSettings.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(file)) : null;
    }
}
