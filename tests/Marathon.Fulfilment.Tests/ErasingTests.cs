using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>A runner is forgotten: on the roll, at the deliveries, and in what is put aside.</summary>
public sealed class ErasingTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    // Nobody else's: the broker is shared with other tests' runners.
    private readonly Story story = new() { Name = $"Kim {Guid.CreateVersion7():N}", Address = $"{Guid.CreateVersion7():N} Nowhere Lane" };
    private readonly EventSource registration = servers.Others;
    private FulfilmentService fulfilment = null!;

    public async Task InitializeAsync() => fulfilment = await FulfilmentService.StartAsync(servers);

    public Task DisposeAsync() => fulfilment.DisposeAsync().AsTask();

    private Task<IReadOnlyList<string>> FoundAsync() => fulfilment.Database.TablesWithAsync(story.Name, story.PhoneNo, story.Address);

    [Fact]
    public async Task Erased_LeavesBibAndStatus_AndNobody()
    {
        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        Assert.Equal(6, (await FoundAsync()).Count);

        await registration.SendAsync([(story.Erased(), 3), (story.Confirmed(), 1), (story.Changed(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        // One more behind the repetitions: they have been seen by then.
        var behind = new Story();
        await registration.SendAsync(behind.Confirmed(), 1);
        await fulfilment.Database.AppliedAsync("registrations", 1, behind.RegistrationId);

        Assert.Empty(await FoundAsync());
        await fulfilment.AssertBooksAsync();
        Assert.Equal(["1 CANCELLED []"], await fulfilment.Database.RowsAsync(
            "SELECT bib || ' ' || status || ' [' || line.name || line.address || kit.phone_no || ']' FROM register_masters AS line JOIN deliveries AS kit USING (registration_id) WHERE registration_id = $1", story.RegistrationId));
    }

    [Fact]
    public async Task Erased_WhenTheKitHasNotLeft_KeepsItHere()
    {
        await registration.SendAsync([(story.Confirmed(), 1), (story.Erased(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        Assert.Equal("CANCELLED", await fulfilment.StatusAsync(story));
        Assert.Equal(["1 register-master-received", "2 goods-cancelled"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Empty(await FoundAsync());
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Erased_WhenGoodsWereSetAside_GivesThemBack_AndWhatHasLeftGoesOn()
    {
        var left = new Story(story.RaceId);
        await fulfilment.RaceAsync(registration, pieces: 2, id: story.RaceId);
        await fulfilment.ConfirmAsync(registration, "READY", left, story);
        await fulfilment.StepAsync(left, "dispatch");

        await registration.SendAsync([(story.Erased(), 2), (left.Erased(), 2)]);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId, left.RegistrationId);

        Assert.Equal(("CANCELLED", "DISPATCHED"), (await fulfilment.StatusAsync(story), await fulfilment.StatusAsync(left)));
        Assert.Equal("1 0 1 0", await fulfilment.LevelAsync(story.RaceId, "TOP", "M"));
        Assert.Empty(await FoundAsync());
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Erased_WhenAnEventWasPutAside_IsTakenOutOfThatToo()
    {
        // The database takes no zero byte: the change fails, and the erasure waits behind it until an operator gives it up.
        await registration.SendAsync([(story.Confirmed(), 1), (story.Changed(topSize: "\0"), 2), (story.Erased(), 3)]);
        await Eventually.TrueAsync(async () => (await fulfilment.Database.RowsAsync("SELECT state FROM parked_events WHERE aggregate_id = $1 ORDER BY version", story.RegistrationId)).SequenceEqual(["failed", "waiting"]));
        Assert.Contains(await FoundAsync(), found => found.StartsWith("parked_events", StringComparison.Ordinal));

        await fulfilment.DropDeadLettersAsync();

        await fulfilment.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        Assert.Empty(await FoundAsync());
        Assert.Equal(["dropped"], await fulfilment.Database.RowsAsync("SELECT state FROM parked_events WHERE aggregate_id = $1", story.RegistrationId));
    }
}
