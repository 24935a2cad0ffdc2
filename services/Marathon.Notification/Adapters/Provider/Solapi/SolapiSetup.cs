using Marathon.Notification.Application;

namespace Marathon.Notification.Adapters.Provider.Solapi;

internal static class SolapiSetup
{
    public static void AddSolapi(this WebApplicationBuilder builder)
    {
        var solapi = (builder.Configuration.GetSection("Notification:Solapi").Get<SolapiOptions>() ?? new SolapiOptions()).Checked();
        builder.Services.AddSingleton(solapi).AddSingleton<ISmsSender, SolapiSender>();
        builder.Services.AddHttpClient<SolapiClient>((services, http) =>
            {
                http.BaseAddress = solapi.Endpoint;
                http.Timeout = services.GetRequiredService<NotificationOptions>().SendTimeout;
                http.MaxResponseContentBufferSize = 8 * 1024 * 1024;
            })
            // What services have between them is wrong for a stranger: no retries behind our back, no discovery, no credential of ours.
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
            .RemoveAllLoggers()
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.MaxConnectionsPerServer = solapi.Connections;
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.AllowAutoRedirect = false;
            })
            // The sender keeps its client: connections are renewed by their lifetime.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
