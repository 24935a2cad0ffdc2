using Marathon.Dashboard.Lists;
using Marathon.ServiceDefaults;

namespace Marathon.Dashboard;

/// <summary>
/// My page is asked for once, by nobody and for nobody, before the service answers: the query is made by then, and a page was rendered. What a process does for the first time takes long, above
/// all EF making its query: over a second on an idle machine, and more than a page has on one where everything starts at once. The first runner would wait for it.
/// </summary>
internal sealed class FirstLook(IServiceScopeFactory scopes, ILogger<FirstLook> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var context = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        context.Request.Headers.Accept = "text/html";
        try
        {
            var page = await MyPage.ShowAsync("", context.Request, services.GetRequiredService<DashboardDb>(), services.GetRequiredService<RaceList>(), services.GetRequiredService<TimeProvider>(), cancellationToken);
            await page.ExecuteAsync(context);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Then the first runner does wait.
            logger.LogWarning("Nobody could look at my page: {Reason}", Rounds.Reason(exception));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
