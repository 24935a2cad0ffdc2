using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marathon.Gateway.Tests;

/// <summary>A service behind the gateway: a real server that notes what it is asked and answers what the test wants.</summary>
public sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication app;

    private Backend(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>200 with an empty object.</summary>
    public static Func<HttpContext, Task> Empty { get; } = context => context.Response.WriteAsJsonAsync(new { });

    /// <summary>What it answers.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = Empty;

    /// <param name="place">Where it listens; null: anywhere.</param>
    public static async Task<Backend> StartAsync(EmptyPlace? place = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (place is null) kestrel.Listen(IPAddress.Loopback, 0);
            else kestrel.ListenHandle(place.Handle);
        });
        var app = builder.Build();
        var backend = new Backend(app);
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            var text = await body.ReadToEndAsync();
            backend.Requests.Enqueue(new Asked($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), text));
            await backend.Answer(context);
        });
        await app.StartAsync();
        return backend;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>A port at which nobody listens: held, so that no stranger does, until a <see cref="Backend"/> is started there.</summary>
public sealed class EmptyPlace : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public EmptyPlace() => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public string Address => $"http://{socket.LocalEndPoint}";

    public ulong Handle => (ulong)socket.Handle;

    public void Dispose() => socket.Dispose();
}

/// <summary>A request as a service saw it.</summary>
public sealed record Asked(string Call, IReadOnlyDictionary<string, string> Headers, string Body);
