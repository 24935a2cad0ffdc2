using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

/// <summary>From the registrations' events to the roll, over a real broker into a real database.</summary>
public sealed class RollTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Guid race = Guid.CreateVersion7();
    private readonly EventSource registration = servers.Others;
    private FulfilmentService fulfilment = null!;

    public async Task InitializeAsync() => fulfilment = await FulfilmentService.StartAsync(servers);

    public Task DisposeAsync() => fulfilment.DisposeAsync().AsTask();

    [Fact]
    public async Task Confirmed_WhenTwoHundredComeSomeOfThemRepeatedly_GetsEachOneBibAndOneDelivery()
    {
        var stories = Enumerable.Range(0, 200).Select(_ => new Story(race)).ToArray();
        var random = new Random(1);
        var doubled = stories.SelectMany((story, i) => Enumerable.Repeat(story, 1 + i % 3)).OrderBy(_ => random.Next()).ToArray();

        await registration.SendAsync(doubled.Select(story => ((IntegrationEvent)story.Confirmed(), 1)));
        // One more of each behind them all: when these are applied, every repetition has been seen.
        await registration.SendAsync(stories.Select(story => ((IntegrationEvent)story.Changed(), 2)));
        await fulfilment.Database.AppliedAsync("registrations", 2, [.. stories.Select(story => story.RegistrationId)]);

        Assert.Equal(Enumerable.Range(1, 200), await fulfilment.BibsAsync(race));
        Assert.Equal(200, (await fulfilment.Database.RowsAsync(
            "SELECT registration_id FROM deliveries JOIN register_masters USING (registration_id) WHERE deliveries.race_id = $1 AND status = 'RECEIVED'", race)).Count);
        foreach (var story in stories) Assert.Equal(["1 register-master-received"], await fulfilment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Confirmed_WhenItWasPendingAndChangedBefore_IsOnTheRollAsItIsThen()
    {
        var (pays, gives) = (new Story(race), new Story(race));
        await registration.SendAsync(
        [
            (pays.AwaitingPayment(), 1), (pays.Changed(), 2), (pays.Confirmed(), 3),
            (gives.AwaitingPayment(), 1), (gives.Changed(), 2), (gives.Cancelled(refundDue: 0, wasConfirmed: false), 3),
        ]);
        await fulfilment.Database.AppliedAsync("registrations", 3, pays.RegistrationId, gives.RegistrationId);

        Assert.Equal([$"{pays.Number} M"], await fulfilment.Database.RowsAsync("SELECT number || ' ' || top_size FROM register_masters WHERE race_id = $1", race));
        Assert.Empty(await fulfilment.Database.ToldAsync(gives.RegistrationId));
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
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Bibs_OfSeveralDivisions_TellTheDivision()
    {
        var (ten, half) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await registration.SendAsync(FulfilmentService.Scheduled(race, "SHIPPING", new RaceDivision(ten, "10K", 1, 950), new RaceDivision(half, "Half", 1, 10)), 1);
        await fulfilment.Database.AppliedAsync("races", 1, race);

        var stories = Enumerable.Range(0, 30).Select(i => new Story(race) { DivisionId = i % 3 == 0 ? half : ten }).ToArray();
        await registration.SendAsync(stories.Select(story => ((IntegrationEvent)story.Confirmed(), 1)));
        await fulfilment.Database.AppliedAsync("registrations", 1, [.. stories.Select(story => story.RegistrationId)]);

        Assert.Equal([.. Enumerable.Range(1, 20), .. Enumerable.Range(2001, 10)], await fulfilment.BibsAsync(race));
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT bib FROM register_masters WHERE race_id = $2 AND (bib > 2000) <> (division_id = $1)", half, race));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Bibs_WhenTheFirstRunnerComesBeforeTheRace_AreOfABlockThatStays()
    {
        var (early, late) = (new Story(race), new Story(race));
        await registration.SendAsync(early.Confirmed(), 1);
        await fulfilment.Database.AppliedAsync("registrations", 1, early.RegistrationId);

        await registration.SendAsync(FulfilmentService.Scheduled(race, "SHIPPING", new RaceDivision(Guid.CreateVersion7(), "Full", 1, 10), new RaceDivision(early.DivisionId, "10K", 1, 5000)), 1);
        await fulfilment.Database.AppliedAsync("races", 1, race);
        await registration.SendAsync(late.Confirmed(), 1);
        await fulfilment.Database.AppliedAsync("registrations", 1, late.RegistrationId);

        Assert.Equal([1, 2], await fulfilment.BibsAsync(race));
        Assert.Equal(["1-1000", "1001-2000"], await fulfilment.Database.RowsAsync("SELECT first || '-' || last FROM bib_blocks WHERE race_id = $1 ORDER BY first", race));
    }

    [Fact]
    public async Task Roll_WhenSearched_FindsByNameBibNumberDivisionAndStatus()
    {
        var (kim, lee, gone) = (new Story(race) { Name = "김하나" }, new Story(race) { Name = "Lee 100%_Runner" }, new Story(race) { Name = "Park Gone", DivisionId = Guid.CreateVersion7() });
        foreach (var story in new[] { kim, lee, gone }) await fulfilment.ConfirmAsync(registration, "RECEIVED", story);
        await registration.SendAsync(gone.Cancelled(), 2);
        await fulfilment.BecomesAsync(gone, "CANCELLED");

        Assert.Equal([1, 2, 1001], await fulfilment.BibsAsync(race));
        Assert.Equal([kim.Number, lee.Number, gone.Number], await FoundAsync(""));
        Assert.Equal([kim.Number], await FoundAsync("&q=" + Uri.EscapeDataString("하나")));
        Assert.Equal([lee.Number], await FoundAsync("&q=" + Uri.EscapeDataString("100%_r")));
        Assert.Empty(await FoundAsync("&q=" + Uri.EscapeDataString("Lee%Runner")));
        Assert.Equal([gone.Number], await FoundAsync("&q=1001"));
        Assert.Equal([lee.Number], await FoundAsync("&q=" + lee.TypedNumber));
        Assert.Equal([gone.Number], await FoundAsync("&status=REMOVED"));
        Assert.Equal([gone.Number], await FoundAsync("&divisionId=" + gone.DivisionId));
        Assert.Equal([lee.Number], await FoundAsync("&size=1&page=2"));
        Assert.Equal("김하나", (await fulfilment.GetAsync("/registermasters/" + kim.TypedNumber)).GetProperty("name").GetString());

        async Task<IEnumerable<string?>> FoundAsync(string more) =>
            (await fulfilment.GetAsync($"/registermasters?raceId={race}{more}")).GetProperty("items").EnumerateArray().Select(line => line.GetProperty("number").GetString());
    }

    [Fact]
    public async Task Note_WhenWritten_IsOnTheLineUntilItIsTakenAway()
    {
        var story = new Story(race);
        await fulfilment.ConfirmAsync(registration, "RECEIVED", story);

        var (_, written) = await fulfilment.SendAsync(HttpMethod.Patch, "/registermasters/" + story.Number, new { note = " needs a wheelchair ramp " });
        var (_, taken) = await fulfilment.SendAsync(HttpMethod.Patch, "/registermasters/" + story.Number, new { note = "" });

        Assert.Equal("needs a wheelchair ramp", written.GetProperty("note").GetString());
        Assert.False(taken.TryGetProperty("note", out _));
        Assert.Equal([$"note {Staff.Organiser}", $"note {Staff.Organiser}"], await fulfilment.Database.RowsAsync("SELECT action || ' ' || actor FROM audit"));
    }
}
