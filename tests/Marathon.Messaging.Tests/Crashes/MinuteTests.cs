using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>The one slow test, on servers of its own, beside the others.</summary>
public sealed class MinuteTests(Servers servers, ITestOutputHelper output) : IClassFixture<Servers>
{
    private static readonly TimeSpan Away = TimeSpan.FromMinutes(1);

    [OwnBrokerFact]
    public async Task Broker_WhenAwayForAMinuteUnderLoad_IsCaughtUpWith()
    {
        await using var chain = await Chain.StartAsync(servers, output, new ChainOptions { Rate = 50, Writers = 3 });
        await chain.WriteAsync(3200);
        await chain.ToldMoreAsync(100);
        await servers.StopAsync(Servers.KafkaName);
        var told = await chain.ToldAsync();
        // The time itself is what is tested: every client has given up and tried again by then.
        using (var over = new PeriodicTimer(Away)) await over.WaitForNextTickAsync();
        Assert.True(await chain.ToldAsync() > told + 50 * Away.TotalSeconds / 2, "Without a broker the service's own work did not go on.");
        await servers.StartAsync(Servers.KafkaName);
        await chain.CheckAsync();
    }
}
