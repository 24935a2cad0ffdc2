// A service reduced to its messaging. What it does is configured under Worker (WorkerOptions.cs); its database is ConnectionStrings:db.
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Messaging.Worker;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<WorkerDb>("db");
builder.AddMarathonKafka("kafka");
var options = builder.Configuration.GetSection("Worker").Get<WorkerOptions>() ?? new WorkerOptions();
builder.AddMessaging(options.Name, handlers =>
{
    if (options.Follows) handlers.On<PaymentCompleted, Listener>();
    if (options.Hears) handlers.On<GoodsDelivered, Listener>();
});
builder.Services.AddSingleton(options).AddSingleton<Writers>().AddHostedService(services => services.GetRequiredService<Writers>());

var app = builder.Build();
app.MapDefaultEndpoints(isPublic: true);
app.MapMessaging();
app.MapPost("/stop", (Writers writers) => writers.Stop());
app.MapPost("/failpoints", async (HttpRequest request) => Failpoint.Arm(await new StreamReader(request.Body).ReadToEndAsync()));
await app.StartAsync();
// For whoever started it: the port may have been left to the system.
Console.WriteLine($"worker at {app.Urls.First()}");
await app.WaitForShutdownAsync();

namespace Marathon.Messaging.Worker
{
    /// <summary>The worker keeps its tables by hand; the context names the assembly with its migrations.</summary>
    public sealed class WorkerDb(DbContextOptions<WorkerDb> options) : DbContext(options);
}
