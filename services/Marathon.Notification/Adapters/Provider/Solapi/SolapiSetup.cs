using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;

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
        }).ForStranger(solapi.Connections);
    }
}
