using Marathon.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds messaging to a service.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Adds the outbox and its relay for the service called <paramref name="source"/>, and a consumer of the streams that
    /// <paramref name="configure"/> adds handlers for. Needs AddMarathonDatabase and AddMarathonKafka.
    /// </summary>
    public static WebApplicationBuilder AddMessaging(this WebApplicationBuilder builder, string source, Action<Handlers>? configure = null)
    {
        var options = new MessagingOptions { Source = source };
        builder.Configuration.GetSection("Messaging").Bind(options);
        var handlers = new Handlers(builder.Services);
        configure?.Invoke(handlers);

        builder.Services.AddMigrations(typeof(MessagingExtensions).Assembly);
        builder.Services.AddSingleton(options).AddSingleton(handlers);
        builder.Services.AddSingleton<OutboxSignal>().AddSingleton<Outbox>().AddSingleton<EventApplier>().AddSingleton<MessagingMeter>();
        builder.Services.AddHostedService<Topics>();
        for (short shard = 0; shard < OutboxShards.Count; shard++)
        {
            var own = shard;
            builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<OutboxRelay>(services, own));
        }
        builder.Services.AddHostedService<ConsumerHost>();
        return builder;
    }
}
