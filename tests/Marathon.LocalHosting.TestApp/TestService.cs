namespace Marathon.LocalHosting.TestApp;

/// <summary>Answers that it is well, tells its environment, and hangs or ends when asked to.</summary>
internal static class TestService
{
    public static void Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var hangs = false;
        app.MapGet("/health", () => "well");
        app.MapGet("/alive", async (CancellationToken ct) =>
        {
            if (hangs) await Task.Delay(Timeout.Infinite, ct);
            return "alive";
        });
        app.MapGet("/environment/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "");
        app.MapPost("/hang", () => { hangs = true; });
        app.Run();
    }
}
