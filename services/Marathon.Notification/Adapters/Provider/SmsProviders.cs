using Marathon.Notification.Adapters.Provider.Sandbox;
using Marathon.Notification.Adapters.Provider.Solapi;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Adapters.Provider;

/// <summary>Who brings messages to phones: <c>Notification:Provider</c>, <c>sandbox</c> unless something else is configured.</summary>
internal static class SmsProviders
{
    /// <summary>Nobody is woken by messages that go nowhere.</summary>
    private const string RealQuietHours = "21:00-08:00";

    public static void AddSmsProvider(this WebApplicationBuilder builder, NotificationOptions options)
    {
        var quietHours = options.QuietHours;
        switch (builder.Configuration["Notification:Provider"] ?? "sandbox")
        {
            case "sandbox":
                builder.Services.AddSingleton(builder.Configuration.GetSection("Notification:Sandbox").Get<SandboxOptions>() ?? new SandboxOptions());
                builder.Services.AddSingleton<ISmsSender, SandboxSender>();
                break;
            case "solapi":
                builder.AddSolapi();
                quietHours ??= RealQuietHours;
                break;
            case var unknown:
                throw new InvalidOperationException($"Notification:Provider is {unknown}. Known are sandbox and solapi.");
        }
        builder.Services.AddSingleton(new QuietTime(QuietHours.Parse(quietHours ?? "")));
    }
}
