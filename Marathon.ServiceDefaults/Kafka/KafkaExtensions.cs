using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>The event log.</summary>
public static class KafkaExtensions
{
    /// <summary>
    /// Adds <see cref="KafkaConnection"/> for the broker called <paramref name="name"/> (<c>ConnectionStrings:{name}</c>), with
    /// <c>Kafka:SessionTimeout</c> where a service is to be missed sooner or later than after ten seconds.
    /// </summary>
    public static WebApplicationBuilder AddMarathonKafka(this WebApplicationBuilder builder, string name)
    {
        Components.PrepareKafka();
        builder.Services.AddSingleton(_ => new KafkaConnection(
            builder.Configuration.GetConnectionString(name) ?? throw new InvalidOperationException($"ConnectionStrings:{name} is not set. The AppHost sets it."),
            builder.Configuration.GetValue<TimeSpan?>("Kafka:SessionTimeout")));
        return builder;
    }
}
