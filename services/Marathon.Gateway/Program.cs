using Marathon.Gateway;

Create(args).Run();

/// <summary>The one public entrance: what it lets through is in PublicApi.cs.</summary>
public static partial class Program
{
    /// <summary>The gateway, composed and not yet started.</summary>
    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults();
        builder.AddProxy();

        var app = builder.Build();
        app.UseResponseHygiene();
        app.MapDefaultEndpoints(isPublic: true);
        app.UseGatewayProblems();
        app.MapWelcome();
        app.MapDeadLetters();
        app.MapProxy();
        return app;
    }
}
