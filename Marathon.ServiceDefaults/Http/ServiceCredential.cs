using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// The secret that the services share, handed out by the application model as <c>Services:Key</c>. The gateway and the services
/// present it to one another; a service answers nobody else.
/// </summary>
public sealed class ServiceCredential(string key)
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Marathon-Service-Key";

    private readonly byte[] expected = Encoding.UTF8.GetBytes(key);

    /// <summary>The secret itself.</summary>
    public string Key => key;

    /// <summary>Compares in constant time.</summary>
    public bool Accepts(string? presented) =>
        presented is not null && CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(presented));
}

internal static class ServiceCredentialExtensions
{
    public static void AddServiceCredential(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => new ServiceCredential(configuration["Services:Key"] is { Length: > 0 } key
            ? key
            : throw new InvalidOperationException("Services:Key is not set. The AppHost sets it; a service started alone needs it in its environment.")));
        services.AddTransient<PresentServiceCredential>();
        // Their two loggers write nothing at our level, and cost every call a scope.
        services.ConfigureHttpClientDefaults(http => http.RemoveAllLoggers().AddHttpMessageHandler<PresentServiceCredential>());
    }

    public static void UseServiceCredential(this IApplicationBuilder app)
    {
        var credential = app.ApplicationServices.GetRequiredService<ServiceCredential>();
        app.Use((context, next) =>
        {
            if (credential.Accepts(context.Request.Headers[ServiceCredential.Header])) Actor.Enter(context.Request);
            else if (!context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/alive"))
                return Problems.Problem(401, "unauthorized", "This service answers only the gateway and its sister services.").ExecuteAsync(context);
            return next(context);
        });
    }

    private sealed class PresentServiceCredential(ServiceCredential credential) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // The credential is for the services alone: never to a payment or SMS provider.
            if (request.RequestUri is { } uri && ServiceNames.IsService(uri.Host)) request.Headers.TryAddWithoutValidation(ServiceCredential.Header, credential.Key);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
