using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds messaging to a service.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Adds the outbox and its relays for the service called <paramref name="source"/>, and a consumer of the streams that
    /// <paramref name="configure"/> adds handlers for. Needs AddMarathonDatabase and AddMarathonKafka. <paramref name="keepBack"/> is
    /// <see cref="MessagingOptions.KeepBack"/>, where nothing else is configured.
    /// </summary>
    public static WebApplicationBuilder AddMessaging(this WebApplicationBuilder builder, string source, Action<Handlers>? configure = null, TimeSpan keepBack = default)
    {
        var options = new MessagingOptions { Source = source, KeepBack = keepBack };
        builder.Configuration.GetSection("Messaging").Bind(options);
        var handlers = new Handlers(builder.Services).On<EventsMissed, Resend>();
        configure?.Invoke(handlers);

        builder.Services.AddMigrations(typeof(MessagingExtensions).Assembly);
        builder.Services.AddSingleton(options).AddSingleton(handlers);
        builder.Services.AddSingleton<OutboxSignal>().AddSingleton<Outbox>().AddSingleton<EventApplier>().AddSingleton<Erasure>();
        builder.Services.AddSingleton<MessagingMeter>().AddSingleton<MessagingStatus>();
        builder.Services.AddSingleton(services => new SecondReading(
            handlers, services.GetRequiredService<IServiceScopeFactory>(), options, services.GetRequiredService<KafkaConnection>(), services.GetRequiredService<OutboxSignal>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton(services => new DeadLetters(
            services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Outbox>(), services.GetRequiredService<EventApplier>()));
        builder.Services.AddHealthChecks().AddCheck<MessagingStatus>("messaging");
        builder.Services.AddHostedService<Topics>().AddHostedService<OutboxMonths>();
        for (short shard = 0; shard < OutboxShards.Count; shard++)
        {
            var own = shard;
            builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<OutboxRelay>(services, own));
        }
        builder.Services.AddHostedService<ConsumerHost>().AddHostedService<MissingEvents>().AddHostedService<MessagingMeter.Sampler>();
        return builder;
    }
}
