using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Marathon.Gateway.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Marathon.Gateway.Tests;

/// <summary>The gateway itself on a port of its own. An organiser, a crew member and an auditor can log in, each under their role's name.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    public const string Key = "the-services-own-secret";

    public const string Password = "correct horse battery";

    private static readonly string Hash = HashOf(Password);

    private readonly WebApplication app;

    private GatewayHost(WebApplication app, HttpClient client) => (this.app, Client) = (app, client);

    public HttpClient Client { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Every call there is, as its method and its path's pattern; <c>*</c> is any method.</summary>
    public IEnumerable<string> Calls => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Single() ?? "*"} {endpoint.RoutePattern.RawText}");

    public static Task<GatewayHost> StartAsync(params (string Service, string Address)[] replicas) => StartAsync([], replicas);

    public static async Task<GatewayHost> StartAsync(IReadOnlyList<string> settings, params (string Service, string Address)[] replicas)
    {
        string[] args =
        [
            "--urls=http://127.0.0.1:0", $"--Services:Key={Key}", "--Logging:LogLevel:Default=Critical",
            "--Access:SessionKey=a-secret-for-the-tests-of-the-gateway", "--Access:HashRounds=1000",
            $"--Access:Accounts=organiser:organiser:{Hash};crew:crew:{Hash};auditor:auditor:{Hash}",
            .. replicas.Select((replica, index) => $"--services:{replica.Service}:http:{index}={replica.Address}"),
            .. settings.Select(setting => "--" + setting),
        ];
        var app = Program.Create(args);
        await app.StartAsync();
        return new GatewayHost(app, ClientOf(app.Urls.Single(), IPAddress.Loopback));
    }

    /// <summary>Of few rounds: a test logs in often.</summary>
    public static string HashOf(string password)
    {
        using var passwords = new Passwords(new AccessOptions { HashRounds = 1000 });
        return passwords.Hash(password);
    }

    /// <summary>Another visitor, who comes from <paramref name="address"/> (of 127.0.0.0/8).</summary>
    public HttpClient ClientFrom(string address) => ClientOf(Client.BaseAddress!.ToString(), IPAddress.Parse(address));

    private static HttpClient ClientOf(string url, IPAddress from) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri(url) };

    public Task<HttpResponseMessage> SendAsync(string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers) =>
        Client.SendAsync(method, path, content, headers);

    /// <summary>The header that a program has after it has logged in under <paramref name="name"/>.</summary>
    public async Task<(string Name, string Value)> TokenAsync(string name, string password = Password)
    {
        using var answer = await Client.LogInAsync(name, password);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return ("Authorization", "Bearer " + (await answer.JsonAsync()).GetProperty("accessToken").GetString());
    }

    /// <summary>The header that a browser has after it has logged in under <paramref name="name"/>.</summary>
    public async Task<(string Name, string Value)> CookieAsync(string name)
    {
        using var answer = await Client.LogInAsync(name, Password, ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return ("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
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

internal static class Calling
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return client.SendAsync(request);
    }

    public static Task<HttpResponseMessage> LogInAsync(this HttpClient client, string name, string password, params (string Name, string Value)[] headers) =>
        client.SendAsync("POST", "/login", Json(JsonSerializer.Serialize(new { name, password })), headers);

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}

internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

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
