#if LOCAL // In Aspire's world whoever stands in front of the replicas does this: its proxy, or the cluster's.
using System.Diagnostics;
using System.Net;
using Marathon.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Gateway.Tests;

/// <summary>Calls between services of which there are two replicas.</summary>
public sealed class ServiceDiscoveryTests
{
    [Fact]
    public async Task Call_WhenOneReplicaIsDown_IsAnsweredByTheOther_AndTheCircuitStaysClosed()
    {
        await using var up = await Backend.StartAsync();
        using var away = new EmptyPlace();
        await using var caller = Caller(away.Address, up.Address);
        using var http = ClientOf(caller);

        for (var call = 0; call < 100; call++) Assert.Equal(HttpStatusCode.OK, await AskAsync(http));

        Assert.Equal(100, up.Requests.Count);
        var circuits = await caller.Services.GetRequiredService<CircuitBreakers>().CheckHealthAsync(new HealthCheckContext());
        Assert.Equal("Closed", circuits.Data["payment"]);
    }

    [Fact]
    public async Task Replica_WhenItComesBack_IsAskedAgain()
    {
        await using var up = await Backend.StartAsync();
        using var away = new EmptyPlace();
        await using var caller = Caller(up.Address, away.Address);
        using var http = ClientOf(caller);
        for (var call = 0; call < 2; call++) await AskAsync(http);

        await using var back = await Backend.StartAsync(away);

        for (var watch = Stopwatch.StartNew(); back.Requests.IsEmpty; await Task.Delay(50))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "it is left out for ever");
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http));
        }
    }

    [Fact]
    public async Task Call_WhenAllReplicasAreDown_Fails_AndTheFirstThatIsBackAnswersTheNext()
    {
        using var one = new EmptyPlace();
        using var other = new EmptyPlace();
        await using var caller = Caller(one.Address, other.Address);
        using var http = ClientOf(caller);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(http));

        await using var back = await Backend.StartAsync(other);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(http));
    }

    private static WebApplication Caller(params string[] replicas)
    {
        var builder = WebApplication.CreateSlimBuilder([$"--Services:Key={GatewayHost.Key}", .. replicas.Select((address, index) => $"--services:payment:http:{index}={address}")]);
        builder.AddServiceDefaults();
        builder.Logging.ClearProviders();
        return builder.Build();
    }

    private static HttpClient ClientOf(WebApplication caller) => caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("http://payment/"));
        return answer.StatusCode;
    }
}
#endif
