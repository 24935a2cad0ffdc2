namespace Marathon.Fuzz.Tests;

/// <summary>The whole system is asked in every wrong way.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    [Fact]
    public async Task System_WhenItIsAskedInEveryWrongWay_AnswersAsItShould() =>
        Assert.Empty(await FuzzRun.RunAsync(new FuzzSettings(Seed: 42, Requests: 700, Clients: 16, HalfOpen: 200), output.WriteLine));
}
