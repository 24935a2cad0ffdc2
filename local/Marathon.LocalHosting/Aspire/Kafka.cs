using Aspire.Hosting.ApplicationModel;
using Marathon.LocalHosting;

namespace Aspire.Hosting;

/// <summary>A broker of the Kafka protocol.</summary>
public class KafkaServerResource : ContainerResource, IResourceWithConnectionString
{
    public KafkaServerResource(string name) : base(name) => PrimaryEndpoint = new EndpointReference(this, "tcp");

    public EndpointReference PrimaryEndpoint { get; }
    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);
    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
}

/// <summary>The browser's view of Kafka; there is none in the local build.</summary>
public sealed class KafkaUIContainerResource(string name) : ContainerResource(name);

/// <summary>Adds Kafka.</summary>
public static class KafkaBuilderExtensions
{
    /// <summary>A real Apache Kafka where <c>KAFKA_HOME</c> is set, else the embedded broker.</summary>
    /// <param name="port">The port to listen at; null takes a free one.</param>
    public static IResourceBuilder<KafkaServerResource> AddKafka(this IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddResource(new KafkaServerResource(name))
            .WithEndpoint(port: port, targetPort: 9092, name: "tcp")
            .WithAnnotation(new HealthCheckAnnotation($"{name}_check"));

    /// <summary>Keeps the log between runs where a real Kafka is used; the embedded broker forgets.</summary>
    public static IResourceBuilder<KafkaServerResource> WithDataVolume(
        this IResourceBuilder<KafkaServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithAnnotation(new KeepDataAnnotation());

    /// <summary>Does nothing here but say so in the log.</summary>
    public static IResourceBuilder<KafkaServerResource> WithKafkaUI(
        this IResourceBuilder<KafkaServerResource> builder,
        Action<IResourceBuilder<KafkaUIContainerResource>>? configureContainer = null, string? containerName = null) =>
        builder.WithAnnotation(new NoteAnnotation("Kafka UI runs in a container: there is none in the local build."));
}
