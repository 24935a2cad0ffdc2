using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Marathon.ServiceDefaults;

/// <summary>The components without Aspire's packages. Its twin is in Aspire/; everything outside these two folders is common.</summary>
internal static class Components
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;

        var resource = ResourceBuilder.CreateDefault().AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName);
        builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource(Telemetry.Sources).AddOtlpExporter().Build());
        builder.Services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(Telemetry.Meters).AddOtlpExporter().Build());
        builder.Services.AddHostedService<TelemetryLifetime>();
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeScopes = true;
            logging.SetResourceBuilder(resource).AddOtlpExporter();
        });
    }

    public static void AddHttpClientDefaults(this WebApplicationBuilder builder, HttpResilienceOptions options)
    {
        builder.Configuration.GetSection("Resilience").Bind(options);
        builder.Services.AddSingleton<ServiceEndpoints>();
        // Shared by all handlers: a circuit breaker must remember across their rotation.
        builder.Services.AddSingleton(services => new ResiliencePipelines(options, services.GetRequiredService<CircuitBreakers>()));
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddHttpMessageHandler(services => new ResilienceHandler(services.GetRequiredService<ResiliencePipelines>()));
            http.AddHttpMessageHandler(() => new WholeAnswers());
            http.AddHttpMessageHandler(services => new ServiceDiscoveryHandler(services.GetRequiredService<ServiceEndpoints>()));
        });
    }

    public static void AddDatabase<TContext>(this WebApplicationBuilder builder, string name) where TContext : DbContext =>
        builder.Services.AddDbContextPool<TContext>((services, options) => options.UseNpgsql(services.GetRequiredService<NpgsqlDataSource>()));

    public static void PrepareKafka() => ConfluentKafka.Load();
}

/// <summary>The providers listen from their creation on, and are flushed when the container disposes them.</summary>
internal sealed class TelemetryLifetime(TracerProvider tracer, MeterProvider meter) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = (tracer, meter);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
