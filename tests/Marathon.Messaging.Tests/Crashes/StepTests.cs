using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>A process dies at a step of its relay, its consumer or its transactions: nothing is lost, doubled or out of order.</summary>
[Collection(nameof(Servers))]
public sealed class StepTests(Servers servers, ITestOutputHelper output)
{
    [Fact]
    public async Task Process_WhenKilledAtAcknowledged_LosesNothing()
    {
        await using var chain = await Chain.StartAsync(servers, output);
        await chain.Teller.ArmAsync("relay.acknowledged=kill");
        await chain.WriteAsync(400);
        await chain.Teller.DiedAsync("relay.acknowledged");
        await chain.CheckAsync();
    }
}
