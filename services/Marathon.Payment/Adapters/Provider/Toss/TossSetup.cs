using Marathon.Payments.Application;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Payments.Adapters.Provider.Toss;

internal static class TossSetup
{
    public static void AddToss(this WebApplicationBuilder builder)
    {
        var toss = (builder.Configuration.GetSection("Payment:Toss").Get<TossOptions>() ?? new TossOptions()).Checked();
        builder.Services.AddSingleton<TossOrders>();
        builder.Services.AddHttpClient<TossClient>((services, http) =>
        {
            http.BaseAddress = toss.Endpoint;
            http.Timeout = services.GetRequiredService<PaymentOptions>().ProviderTimeout;
            http.DefaultRequestHeaders.Authorization = TossClient.Credential(toss.SecretKey);
            http.MaxResponseContentBufferSize = 1024 * 1024;
        }).ForStranger(toss.Connections);
    }
}
