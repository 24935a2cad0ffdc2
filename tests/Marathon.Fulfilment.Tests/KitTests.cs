using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>Where a kit goes, by the clock and by what happens to its registration.</summary>
[Collection(nameof(Servers))]
public sealed class KitTests(Servers servers) : IAsyncLifetime
{
    private readonly Story story = new();
    private string database = "";
    private EventSource registration = null!;

    public async Task InitializeAsync()
    {
        database = await servers.CreateDatabaseAsync();
        registration = new EventSource(servers.Kafka);
    }

    public Task DisposeAsync()
    {
        registration.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Kit_WhenItsTimeHasCome_LeavesAndLaterArrives()
    {
        var after = TimeSpan.FromSeconds(0.7);
        await using var fulfilment = FulfilmentService.Start(servers, database, after);

        await registration.SendAsync(story.Confirmed(), 1);

        await Eventually.TrueAsync(async () => await fulfilment.Database.RowsAsync("SELECT 1 FROM deliveries WHERE registration_id = $1 AND status = 'DELIVERED'", story.RegistrationId) is [_]);
        Assert.Equal(["1 register-master-received", "2 goods-dispatched", "3 goods-delivered"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal(["True", "True"], await fulfilment.Database.RowsAsync("""
            SELECT later.occurred_at - earlier.occurred_at >= $2 FROM outbox AS earlier JOIN outbox AS later USING (aggregate_id)
            WHERE aggregate_id = $1 AND later.version = earlier.version + 1
            """, story.RegistrationId, after - TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Cancelled_WhenTheKitIsStillHere_StopsIt()
    {
        await using var fulfilment = FulfilmentService.Start(servers, database);

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2), (story.Cancelled(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        await fulfilment.DispatchAsync();

        Assert.Equal("CANCELLED", await fulfilment.StatusAsync(story));
        Assert.Equal(["1 register-master-received", "2 goods-cancelled"], await fulfilment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Cancelled_WhenTheKitHasLeft_AsksItBack()
    {
        await using var fulfilment = FulfilmentService.Start(servers, database);
        await registration.SendAsync(story.Confirmed(), 1);
        await fulfilment.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await fulfilment.DispatchAsync();

        await registration.SendAsync(story.Cancelled(), 2);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        Assert.Equal("RETURN_REQUESTED", await fulfilment.StatusAsync(story));
        Assert.Equal(["1 register-master-received", "2 goods-dispatched", "3 goods-return-requested"], await fulfilment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Cancelled_WhileKitsAreLeaving_EitherStopsEachOrAsksItBack()
    {
        await using var fulfilment = FulfilmentService.Start(servers, database);
        var stories = Enumerable.Range(0, 60).Select(_ => new Story()).ToArray();
        var ids = stories.Select(each => each.RegistrationId).ToArray();
        await registration.SendAsync(stories.Select(each => ((Contracts.IntegrationEvent)each.Confirmed(), 1)));
        await fulfilment.Database.AppliedAsync("registrations", 1, ids);

        await registration.SendAsync(stories.Select(each => ((Contracts.IntegrationEvent)each.Cancelled(), 2)));
        await fulfilment.DispatchAsync();
        await fulfilment.Database.AppliedAsync("registrations", 2, ids);

        foreach (var each in stories)
        {
            string[] told = await fulfilment.StatusAsync(each) == "CANCELLED"
                ? ["1 register-master-received", "2 goods-cancelled"]
                : ["1 register-master-received", "2 goods-dispatched", "3 goods-return-requested"];
            Assert.Equal(told, await fulfilment.Database.ToldAsync(each.RegistrationId));
        }
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT error FROM parked_events"));
    }
}
