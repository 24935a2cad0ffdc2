using Marathon.ServiceDefaults.Http;

namespace Marathon.Dashboard.Live;

/// <summary>Pages that follow what happens: server-sent events (WHATWG HTML, 9.2).</summary>
internal static class LiveEndpoints
{
    private const string EventStream = "text/event-stream";

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        app.MapGet("/mypage/{number}/events", async Task<IResult> (string number, HttpContext context, IServiceScopeFactory scopes, LiveViews views, IHostApplicationLifetime lifetime) =>
        {
            if (await OpenAsync(number, context, scopes) is not var (registrationId, raceId)) return Problems.NotFound();
            using var listener = views.Listen(registrationId, raceId);
            await SendAsync(context, listener, lifetime.ApplicationStopping);
            return Results.Empty;
        })
            .WithSummary("My page, whenever something on it has changed: events 'page', each the whole of it. Needs the access key, as my page does.")
            .Produces(StatusCodes.Status200OK, contentType: EventStream).ProducesProblem(StatusCodes.Status404NotFound);

        app.MapGet("/dashboards/events", async (HttpContext context, LiveViews views, IHostApplicationLifetime lifetime) =>
        {
            using var listener = views.Listen();
            await SendAsync(context, listener, lifetime.ApplicationStopping);
        })
            .WithSummary("An event 'changed' whenever lists and sums have changed.")
            .Produces(StatusCodes.Status200OK, contentType: EventStream);
    }

    /// <summary>In a scope of its own: a stream stays open for hours, and shall not keep what opened it.</summary>
    private static async Task<(Guid RegistrationId, Guid? RaceId)?> OpenAsync(string number, HttpContext context, IServiceScopeFactory scopes)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await MyPage.OpenAsync(number, context.Request, scope.ServiceProvider.GetRequiredService<DashboardDb>(), context.RequestAborted) is { } row ? (row.RegistrationId, row.RaceId) : null;
    }

    /// <summary>Until the reader leaves, or the service stops: then it comes back, to another replica, and names what it has seen last.</summary>
    private static async Task SendAsync(HttpContext context, Listener listener, CancellationToken stopping)
    {
        var response = context.Response;
        response.ContentType = EventStream;
        response.Headers.CacheControl = "no-store";
        // Nor kept back by an nginx before the gateway, until there is enough of it.
        response.Headers["X-Accel-Buffering"] = "no";
        var seen = context.Request.Headers["Last-Event-ID"].ToString();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await response.Body.WriteAsync("retry: 2000\n\n"u8.ToArray(), over.Token);
            while (true)
            {
                var frame = await listener.NextAsync(over.Token);
                if (frame is null) await response.Body.WriteAsync(": still here\n\n"u8.ToArray(), over.Token);
                else if (frame.Id != seen)
                {
                    await response.Body.WriteAsync(frame.Bytes, over.Token);
                    seen = frame.Id;
                }
                await response.Body.FlushAsync(over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The reader left, or is asked to come back.
        }
    }
}
