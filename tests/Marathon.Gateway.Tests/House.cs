using Microsoft.AspNetCore.Http;

namespace Marathon.Gateway.Tests;

/// <summary>One service under all names, and a gateway that lets everybody guess: for the tests of a class, which find it as it was at first.</summary>
public sealed class House : IAsyncLifetime
{
    internal Backend Service { get; private set; } = null!;

    internal GatewayHost Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Service = await Backend.StartAsync();
        Gateway = await StartAsync("Access:AttemptsAtNameFromAddress=10000", "Access:AttemptsFromAddress=10000", "Access:AttemptsAtName=10000");
    }

    /// <summary>Another gateway of the same service.</summary>
    internal Task<GatewayHost> StartAsync(params string[] settings) => GatewayHost.StartAsync(settings,
        [.. ((string[])["registration", "payment", "fulfilment", "notification", "dashboard"]).Select(name => (name, Service.Address))]);

    /// <summary>The service answers so from now on, and has not been asked yet.</summary>
    internal void Begin(Func<HttpContext, Task>? answer = null)
    {
        Service.Requests.Clear();
        Service.Answer = answer ?? Backend.Empty;
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Service.DisposeAsync();
    }
}
