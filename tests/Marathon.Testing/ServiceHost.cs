using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Testing;

/// <summary>A service as it is composed in its own Program, in the test's process, on its own database. Several are several replicas.</summary>
/// <param name="settings">Configuration, as the AppHost would set it.</param>
/// <param name="configure">What the test replaces, after the service's own registrations.</param>
/// <typeparam name="TProgram">A type of the service's assembly.</typeparam>
public sealed class ServiceHost<TProgram>(IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? configure = null)
    : WebApplicationFactory<TProgram> where TProgram : class
{
    private const string ServiceKey = "the services' key of a test";

    /// <summary>The service's own database.</summary>
    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Testing");
        builder.UseSetting("Services:Key", ServiceKey);
        foreach (var (key, value) in settings) builder.UseSetting(key, value);
        if (configure is not null) builder.ConfigureServices(configure);
    }

    /// <summary>Clients present the services' credential, as the gateway does.</summary>
    protected override void ConfigureClient(HttpClient client)
    {
        base.ConfigureClient(client);
        client.DefaultRequestHeaders.Add(ServiceCredential.Header, ServiceKey);
    }
}
