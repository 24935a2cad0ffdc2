using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>From the registrations' events to the roll, over a real broker into a real database.</summary>
[Collection(nameof(Servers))]
public sealed class RollTests(Servers servers) : IAsyncLifetime
{
    private readonly Guid race = Guid.CreateVersion7();
    private FulfilmentService fulfilment = null!;
    private EventSource registration = null!;

    public async Task InitializeAsync()
    {
        fulfilment = FulfilmentService.Start(servers, await servers.CreateDatabaseAsync());
        registration = new EventSource(servers.Kafka);
    }

    public async Task DisposeAsync()
    {
        registration.Dispose();
        await fulfilment.DisposeAsync();
    }

    [Fact]
    public async Task Confirmed_WhenTwoHundredComeSomeOfThemRepeatedly_GetsEachOneBibAndOneDelivery()
    {
        var stories = Enumerable.Range(0, 200).Select(_ => new Story(race)).ToArray();
        var random = new Random(1);
        var doubled = stories.SelectMany((story, i) => Enumerable.Repeat(story, 1 + i % 3)).OrderBy(_ => random.Next()).ToArray();

        await registration.SendAsync(doubled.Select(story => ((Contracts.IntegrationEvent)story.Confirmed(), 1)));
        // One more of each behind them all: when these are applied, every repetition has been seen.
        await registration.SendAsync(stories.Select(story => ((Contracts.IntegrationEvent)story.Changed(), 2)));
        await fulfilment.Database.AppliedAsync("registrations", 2, [.. stories.Select(story => story.RegistrationId)]);

        Assert.Equal(Enumerable.Range(1, 200), await fulfilment.BibsAsync(race));
        Assert.Equal(200, (await fulfilment.Database.RowsAsync(
            "SELECT registration_id FROM deliveries JOIN register_masters USING (registration_id) WHERE race_id = $1 AND status = 'RECEIVED'", race)).Count);
        foreach (var story in stories) Assert.Equal(["1 register-master-received"], await fulfilment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Bib_WhenItsRunnerLeft_IsNotGivenAgain()
    {
        var (leaves, comes) = (new Story(race), new Story(race));
        await registration.SendAsync([(leaves.Confirmed(), 1), (leaves.Cancelled(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 2, leaves.RegistrationId);

        await registration.SendAsync(comes.Confirmed(), 1);
        await fulfilment.Database.AppliedAsync("registrations", 1, comes.RegistrationId);

        Assert.Equal(["1 gone", "2 there"], await fulfilment.Database.RowsAsync(
            "SELECT bib || CASE WHEN removed_at IS NULL THEN ' there' ELSE ' gone' END FROM register_masters WHERE race_id = $1 ORDER BY bib", race));
    }
}
