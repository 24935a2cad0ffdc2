using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Marathon.Gateway.Tests;

/// <summary>The gateway itself on a port of its own.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    public const string Key = "the-services-own-secret";

    private readonly WebApplication app;

    private GatewayHost(WebApplication app, HttpClient client) => (this.app, Client) = (app, client);

    public HttpClient Client { get; }

    public static async Task<GatewayHost> StartAsync(params (string Service, string Address)[] replicas)
    {
        string[] args =
        [
            "--urls=http://127.0.0.1:0", $"--Services:Key={Key}", "--Logging:LogLevel:Default=Critical",
            .. replicas.Select((replica, index) => $"--services:{replica.Service}:http:{index}={replica.Address}"),
        ];
        var app = Program.Create(args);
        await app.StartAsync();
        return new GatewayHost(app, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.Single()) });
    }

    public Task<HttpResponseMessage> SendAsync(string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Client.SendAsync(request);
    }

    /// <summary>Sends bytes as they are and returns the beginning of the answer, status line first.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[16 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var length = await stream.ReadAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

internal static class Answers
{
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    public static async Task AssertProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, (await answer.ProblemAsync()).GetProperty("code").GetString());
    }
}
