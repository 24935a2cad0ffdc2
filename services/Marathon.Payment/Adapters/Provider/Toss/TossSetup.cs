using Marathon.Payments.Application;

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
            })
            // What services have between them is wrong for a stranger: no retries behind our back, no discovery, no credential of ours, and no
            // log of addresses with payment keys in them.
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
            .RemoveAllLoggers()
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.MaxConnectionsPerServer = toss.Connections;
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.AllowAutoRedirect = false;
            })
            // The provider keeps its client: connections are renewed by their lifetime.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
