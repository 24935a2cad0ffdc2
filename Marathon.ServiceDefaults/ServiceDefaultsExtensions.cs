using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of Marathon shares.</summary>
public static class ServiceDefaultsExtensions
{
    private const string Live = "live";

    /// <summary>
    /// Adds health checks, telemetry, service discovery, resilience and the services' credential on outgoing HTTP, problem details
    /// and JSON settings. To be called first in every service.
    /// </summary>
    /// <param name="builder">The service's.</param>
    /// <param name="resilience">How patient calls of other services are, where nothing else is configured; null: as most are.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, HttpResilienceOptions? resilience = null)
    {
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);

        builder.AddTelemetry();
        // Outermost of the handlers: it must see the service's name, before discovery replaces it.
        builder.Services.AddServiceCredential(builder.Configuration);
        builder.AddHttpClientDefaults(resilience ?? new HttpResilienceOptions());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<CircuitBreakers>();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]).AddCheck<CircuitBreakers>("circuits");
        builder.Services.AddProblems();
        builder.Services.Configure<JsonOptions>(json => MarathonJson.Apply(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestLimits.BodyBytes;
        });
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready: what the service cannot work without) and <c>/alive</c> (the process itself), turns exceptions into
    /// problem details, and lets nobody past without the services' credential unless <paramref name="isPublic"/>.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app, bool isPublic = false)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        if (!isPublic) app.UseServiceCredential();

        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthReports.WriteAsync });
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }
}
