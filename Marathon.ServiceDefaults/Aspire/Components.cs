using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Marathon.ServiceDefaults;

/// <summary>The components from Aspire's packages. Its twin is in Local/; everything outside these two folders is common.</summary>
internal static class Components
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation().AddMeter(Telemetry.Meters))
            .WithTracing(tracing => tracing.AddSource(Telemetry.Sources)
                .AddAspNetCoreInstrumentation(server => server.Filter = context => !Telemetry.Untraced.Any(path => context.Request.Path.StartsWithSegments(path)))
                .AddHttpClientInstrumentation());
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();
    }

    public static void AddHttpClientDefaults(this WebApplicationBuilder builder, HttpResilienceOptions options)
    {
        builder.Configuration.GetSection("Resilience").Bind(options);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddResilienceHandler(HttpResilience.Name, (pipeline, context) =>
                    HttpResilience.Configure(pipeline, options.Of(context.InstanceName), context.ServiceProvider.GetRequiredService<CircuitBreakers>().Of(context.InstanceName)))
                .SelectPipelineBy(_ => HttpResilience.KeyOf);
            http.AddHttpMessageHandler(() => new WholeAnswers());
            http.AddServiceDiscovery();
        });
    }

    public static void AddDatabase<TContext>(this WebApplicationBuilder builder, string name) where TContext : DbContext =>
        builder.AddNpgsqlDbContext<TContext>(name, settings => settings.DisableHealthChecks = true);

    /// <summary>The native library comes with the package.</summary>
    public static void PrepareKafka() { }
}
