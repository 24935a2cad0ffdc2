using Marathon.Gateway;
using Marathon.Gateway.Access;
using Marathon.Gateway.Desks;
using Marathon.Gateway.Edge;
using Marathon.Gateway.Gathering;
using Marathon.Gateway.Proxying;
using Marathon.Web;

if (args is ["user", .. var command]) return AccountFile.Run(command);
Create(args).Run();
return 0;

/// <summary>The one public entrance: what it lets through, and for whom, is in PublicApi.cs.</summary>
public static partial class Program
{
    /// <summary>The gateway, composed and not yet started.</summary>
    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddServiceDefaults(Calls.Patience);
        builder.AddEdge();
        builder.AddAccess();
        builder.AddProxy();
        builder.AddPages();

        var app = builder.Build();
        app.UseEdge();
        app.MapDefaultEndpoints(isPublic: true);
        app.UseGatewayProblems();
        app.UseDeadline();
        app.UseLimitsOfAddress();
        app.UseAccess();
        app.UseLimitsOfCaller();
        app.UseLimitOfStreams();
        app.UseAdmission();
        app.MapDocs();
        app.MapSiteFiles();
        app.MapLogin();
        app.MapRunner();
        app.MapDeadLetters();
        app.MapAudit();
        app.MapErasureReport();
        app.MapConsole();
        app.MapProxy();
        return app;
    }
}
