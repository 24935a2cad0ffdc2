using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

[CollectionDefinition(nameof(Steps))]
public sealed class StepsCollection : ICollectionFixture<Steps>;

/// <summary>Servers and a chain for tests that leave the chain as they found it: a start of processes less for each.</summary>
public sealed class Steps : IAsyncLifetime
{
    private readonly Servers servers = new();
    private Chain? chain;

    internal Servers Servers => servers;

    public Task InitializeAsync() => servers.InitializeAsync();

    /// <summary>A chain at rest. One that a failed test has left in disorder is not used again.</summary>
    internal async Task<Chain> ChainAsync(ITestOutputHelper output)
    {
        if (chain is { IsAtRest: true }) chain.Output = output;
        else
        {
            if (chain is not null) await chain.DisposeAsync();
            chain = await Chain.StartAsync(servers, output);
        }
        chain.IsAtRest = false;
        return chain;
    }

    public async Task DisposeAsync()
    {
        if (chain is not null) await chain.DisposeAsync();
        await servers.DisposeAsync();
    }
}
