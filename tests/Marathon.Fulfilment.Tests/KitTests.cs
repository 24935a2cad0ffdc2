using Marathon.Contracts;
using Marathon.Fulfilment.Adapters.Carrier;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Fulfilment.Tests;

/// <summary>Where a kit goes, by the clock, by the organiser's word, and by what happens to its registration.</summary>
public sealed class KitTests(Servers servers) : IClassFixture<Servers>
{
    private readonly Story story = new();
    private readonly EventSource registration = servers.Others;

    /// <summary>The kit of a race with just this one leaves.</summary>
    private async Task SendKitAsync(FulfilmentService fulfilment)
    {
        await fulfilment.RaceAsync(registration, pieces: 1, id: story.RaceId);
        await fulfilment.ConfirmAsync(registration, "READY", story);
        Assert.Equal(1, await fulfilment.DispatchAsync());
    }

    [Fact]
    public async Task Kit_WhenItsTimeHasCome_LeavesAndLaterArrives()
    {
        var after = TimeSpan.FromSeconds(0.7);
        FulfilmentService? outside = null;
        await using var fulfilment = await FulfilmentService.StartAsync(servers, after,
            [("Fulfilment:Carrier:TransitTime", after.ToString()), ("Fulfilment:Carrier:CallbackUrl", "http://gateway.test")],
            services => services.AddHttpClient(SimulatedRounds.Client).ConfigurePrimaryHttpMessageHandler(() => new Gateway(() => outside!)));
        outside = fulfilment;
        await fulfilment.RaceAsync(registration, pieces: 1, id: story.RaceId);

        await registration.SendAsync(story.Confirmed(), 1);

        await fulfilment.BecomesAsync(story, "DELIVERED");
        await Eventually.TrueAsync(async () => await fulfilment.Database.RowsAsync("SELECT 1 FROM carrier_parcels WHERE reported_at IS NOT NULL") is [_]);
        Assert.Equal(["1 register-master-received", "2 goods-ready", "3 goods-dispatched", "4 goods-delivered"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal(["True", "True"], await fulfilment.Database.RowsAsync("""
            SELECT dispatched.occurred_at - ready.occurred_at >= $2 FROM outbox AS ready JOIN outbox AS dispatched USING (aggregate_id) WHERE aggregate_id = $1 AND ready.version = 2 AND dispatched.version = 3
            UNION ALL SELECT reported_at - booked_at >= $2 FROM carrier_parcels WHERE reported_at IS NOT NULL
            """, story.RegistrationId, after - TimeSpan.FromMilliseconds(50)));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Kit_WhenTheRaceHasNoStock_DoesNotLeave()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers, TimeSpan.Zero);
        await fulfilment.ConfirmAsync(registration, "RECEIVED", story);

        Assert.Equal(0, await fulfilment.DispatchAsync());

        Assert.Equal(["1 register-master-received"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Kit_OfARaceWhoseKitsArePickedUp_IsHandedOutAndNotSentByTheClock()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers, TimeSpan.Zero);
        var race = await fulfilment.RaceAsync(registration, pieces: 1, kitHandover: "PICK_UP");
        var (fetched, sent) = (new Story(race), new Story(await fulfilment.RaceAsync(registration, pieces: 1)));
        await fulfilment.ConfirmAsync(registration, "READY", fetched);
        // The clock has been round when this one has left.
        await fulfilment.ConfirmAsync(registration, "DISPATCHED", sent);

        Assert.Equal("READY", await fulfilment.StatusAsync(fetched));
        await fulfilment.StepAsync(fetched, "picked-up");

        Assert.Equal(["1 register-master-received", "2 goods-ready", "3 goods-picked-up"], await fulfilment.Database.ToldAsync(fetched.RegistrationId));
        Assert.Equal("0 0 1 0", await fulfilment.LevelAsync(race, "TOP", "M"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Cancelled_WhenTheKitIsStillHere_StopsItAndGivesBackWhatWasSetAside()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 1, id: story.RaceId);
        await fulfilment.ConfirmAsync(registration, "READY", story);

        await registration.SendAsync([(story.Cancelled(), 2), (story.Cancelled(), 2)]);
        await fulfilment.BecomesAsync(story, "CANCELLED");
        Assert.Equal(0, await fulfilment.DispatchAsync());

        Assert.Equal(["1 register-master-received", "2 goods-ready", "3 goods-cancelled"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal(("1 0 0 0", "1 0 0 0"), (await fulfilment.LevelAsync(story.RaceId, "TOP", "M"), await fulfilment.LevelAsync(story.RaceId, "BOTTOM", "L")));
        await fulfilment.AssertBooksAsync();
    }

    [Theory]
    [InlineData("GOOD", "1 0 0 0")]
    [InlineData("DAMAGED", "0 0 0 1")]
    public async Task Cancelled_WhenTheKitHasLeft_AsksItBackAndTakesItBack(string condition, string level)
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await SendKitAsync(fulfilment);

        await registration.SendAsync(story.Cancelled(), 2);
        await fulfilment.BecomesAsync(story, "RETURN_REQUESTED");
        Assert.Equal("0 0 1 0", await fulfilment.LevelAsync(story.RaceId, "TOP", "M"));
        await fulfilment.AssertBooksAsync();
        await fulfilment.StepAsync(story, "returned", new { condition });

        Assert.Equal("RETURNED", await fulfilment.StatusAsync(story));
        Assert.Equal(["1 register-master-received", "2 goods-ready", "3 goods-dispatched", "4 goods-return-requested", "5 goods-returned"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal((level, level), (await fulfilment.LevelAsync(story.RaceId, "TOP", "M"), await fulfilment.LevelAsync(story.RaceId, "BOTTOM", "L")));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Returned_WhenTheRegistrationStands_WaitsAgainAndIsSentAgainAsAnotherParcel()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await SendKitAsync(fulfilment);

        await fulfilment.StepAsync(story, "returned", new { condition = "DAMAGED" });
        Assert.Equal("BACKORDERED", await fulfilment.StatusAsync(story));
        foreach (var (item, size) in new[] { ("TOP", "M"), ("BOTTOM", "L") }) await fulfilment.StockAsync(story.RaceId, item, size, 1);
        await fulfilment.BecomesAsync(story, "READY");
        await fulfilment.DispatchAsync();

        Assert.Equal(
            ["1 register-master-received", "2 goods-ready", "3 goods-dispatched", "4 goods-returned", "5 goods-backordered", "6 goods-ready", "7 goods-dispatched"],
            await fulfilment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal("0 0 1 1", await fulfilment.LevelAsync(story.RaceId, "TOP", "M"));
        var parcels = await fulfilment.Database.RowsAsync("SELECT tracking_number FROM carrier_parcels ORDER BY reference");
        Assert.Equal(2, parcels.Distinct().Count());
        Assert.Equal([parcels[1] + " 2"], await fulfilment.Database.RowsAsync("SELECT tracking_number || ' ' || parcels FROM deliveries WHERE registration_id = $1", story.RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Returned_WhenItsRunnerIsForgotten_IsNotSentAgain()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await SendKitAsync(fulfilment);
        await registration.SendAsync(story.Erased(), 2);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        await fulfilment.StepAsync(story, "returned");

        Assert.Equal("RETURNED", await fulfilment.StatusAsync(story));
        Assert.Equal("1 0 0 0", await fulfilment.LevelAsync(story.RaceId, "TOP", "M"));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Returned_WhenTheRunnerHasMovedMeanwhile_IsSentAgainToWhereTheyLiveNow()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await SendKitAsync(fulfilment);
        // It had not been heard of the dispatch yet when this was accepted.
        await registration.SendAsync(story.Changed(topSize: "XL", address: "2 Hangang-daero, Seoul"), 2);
        await fulfilment.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        Assert.Equal(["M 1 Hangang-daero, Seoul"], await fulfilment.Database.RowsAsync("SELECT top_size || ' ' || address FROM deliveries WHERE registration_id = $1", story.RegistrationId));
        Assert.Equal("0 0 1 0", await fulfilment.LevelAsync(story.RaceId, "TOP", "M"));

        await fulfilment.StepAsync(story, "returned");

        await fulfilment.BecomesAsync(story, "READY");
        Assert.Equal(["XL 2 Hangang-daero, Seoul"], await fulfilment.Database.RowsAsync("SELECT top_size || ' ' || address FROM deliveries WHERE registration_id = $1", story.RegistrationId));
        Assert.Equal(("1 0 0 0", "0 1 0 0"), (await fulfilment.LevelAsync(story.RaceId, "TOP", "M"), await fulfilment.LevelAsync(story.RaceId, "TOP", "XL")));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task Cancelled_WhileKitsAreLeaving_EitherStopsEachOrAsksItBack()
    {
        await using var fulfilment = await FulfilmentService.StartAsync(servers);
        await fulfilment.RaceAsync(registration, pieces: 60, id: story.RaceId);
        var stories = Enumerable.Range(0, 60).Select(_ => new Story(story.RaceId)).ToArray();
        await fulfilment.ConfirmAsync(registration, "READY", stories);

        await registration.SendAsync(stories.Select(each => ((IntegrationEvent)each.Cancelled(), 2)));
        await fulfilment.DispatchAsync();
        await fulfilment.Database.AppliedAsync("registrations", 2, [.. stories.Select(each => each.RegistrationId)]);

        foreach (var each in stories)
        {
            string[] told = await fulfilment.StatusAsync(each) == "CANCELLED" ? ["3 goods-cancelled"] : ["3 goods-dispatched", "4 goods-return-requested"];
            Assert.Equal(["1 register-master-received", "2 goods-ready", .. told], await fulfilment.Database.ToldAsync(each.RegistrationId));
        }
        await fulfilment.AssertBooksAsync();
    }

    /// <summary>What is sent from outside comes in again, as through the gateway.</summary>
    private sealed class Gateway(Func<FulfilmentService> service) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var through = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery);
            var content = new ByteArrayContent(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            foreach (var (name, values) in request.Content.Headers) content.Headers.TryAddWithoutValidation(name, values);
            through.Content = content;
            foreach (var (name, values) in request.Headers) through.Headers.TryAddWithoutValidation(name, values);
            return await service().SendAsync(through, cancellationToken);
        }
    }
}
