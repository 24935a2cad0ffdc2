using System.Net.Http.Headers;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Dashboard.Tests;

/// <summary>Dashboard on a database of its own, as the gateway sees it.</summary>
internal sealed class DashboardService : IAsyncDisposable
{
    private readonly ServiceHost<Program> host;
    private readonly HttpClient client;

    private DashboardService(ServiceHost<Program> host) => (this.host, client) = (host, host.CreateClient());

    public IServiceProvider Services => host.Services;

    public NpgsqlDataSource Database => host.Database;

    public static DashboardService Start(Servers servers, string database, string registration) =>
        new(servers.Start<Program>("dashboard", database, [("services:registration:http:0", registration)]));

    public Task<HttpResponseMessage> MyPageAsync(string number, string? key) => GetAsync($"/mypage/{number}", key);

    public Task<HttpResponseMessage> GetAsync(string path, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client.SendAsync(request);
    }

    /// <summary>As somebody who waits for a page, in English.</summary>
    public Task<HttpResponseMessage> PageAsync(string path, string? key = null, string? opened = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" }, { "Accept-Language", "en" } } };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (opened is not null) request.Headers.Add(RunnerHeaders.Opened, opened);
        return client.SendAsync(request);
    }

    /// <summary>A form as somebody sends it who waits for a page, in English.</summary>
    public Task<HttpResponseMessage> SendFormAsync(string path, string? key = null, params (string Name, string Value)[] fields)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Headers = { { "Accept", "text/html" }, { "Accept-Language", "en" } },
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client.SendAsync(request);
    }

    public Task<HttpResponseMessage> PostAsync(string path) => client.PostAsync(new Uri(path, UriKind.Relative), content: null);

    /// <summary>Returns when the head of the answer is here.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, string? key, string? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }
}
