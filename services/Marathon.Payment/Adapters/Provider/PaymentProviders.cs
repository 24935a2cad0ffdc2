using Marathon.Payments.Adapters.Provider.Simulated;
using Marathon.Payments.Adapters.Provider.Toss;
using Marathon.Payments.Application;
using Marathon.Payments.Application.Ports;

namespace Marathon.Payments.Adapters.Provider;

/// <summary>Who moves the money: <c>Payment:Provider</c>, <c>simulated</c> unless something else is configured.</summary>
internal static class PaymentProviders
{
    public static void AddPaymentProvider(this WebApplicationBuilder builder)
    {
        switch (builder.Configuration["Payment:Provider"] ?? "simulated")
        {
            case "simulated":
                builder.Services.AddSingleton(builder.Configuration.GetSection("Payment:Simulated").Get<SimulatedOptions>() ?? new SimulatedOptions());
                AddMetered<SimulatedProvider>(builder.Services);
                break;
            case "toss":
                builder.AddToss();
                AddMetered<TossProvider>(builder.Services);
                break;
            case var unknown:
                throw new InvalidOperationException($"Payment:Provider is {unknown}. Known are simulated and toss.");
        }
    }

    private static void AddMetered<TProvider>(IServiceCollection services) where TProvider : class, IPaymentProvider => services
        .AddSingleton<TProvider>()
        .AddSingleton<IPaymentProvider>(provider => new MeteredProvider(provider.GetRequiredService<TProvider>(), provider.GetRequiredService<PaymentMeter>()));
}
