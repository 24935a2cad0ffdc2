using Marathon.Testing;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

[CollectionDefinition(nameof(SharedChain))]
public sealed class SharedChainCollection : ICollectionFixture<SharedChain>;

/// <summary>Servers and a chain for tests that leave the chain as they found it: a start of processes less for each.</summary>
public sealed class SharedChain : IAsyncLifetime
{
    private Chain? chain;

    internal Servers Servers { get; } = new();

    public Task InitializeAsync() => Servers.InitializeAsync();

    /// <summary>A chain at rest. One that a failed test has left in disorder is not used again.</summary>
    internal async Task<Chain> TakeAsync(ITestOutputHelper output)
    {
        if (chain is { IsAtRest: true }) chain.Output = output;
        else
        {
            if (chain is not null) await chain.DisposeAsync();
            chain = await Chain.StartAsync(Servers, output);
        }
        chain.IsAtRest = false;
        return chain;
    }

    public async Task DisposeAsync()
    {
        if (chain is not null) await chain.DisposeAsync();
        await Servers.DisposeAsync();
    }
}
