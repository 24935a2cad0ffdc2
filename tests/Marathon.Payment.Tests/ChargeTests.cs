using Marathon.Testing;

namespace Marathon.Payments.Tests;

/// <summary>Charging and voiding over HTTP, on a real database, with the provider's books looked at.</summary>
public sealed class ChargeTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new();
    private string database = "";
    private PaymentService payment = null!;

    public async Task InitializeAsync() => payment = PaymentService.Start(servers, database = await servers.CreateDatabaseAsync<Program>(), looksAfterUnsettled: false);

    public Task DisposeAsync() => payment.DisposeAsync().AsTask();

    [Fact]
    public async Task Charge_WhenAskedFiftyTimesAtOnceOnTwoReplicas_IsMadeOnceAndAnsweredAlike()
    {
        await using var second = PaymentService.Start(servers, database, looksAfterUnsettled: false);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? payment : second).ChargeAsync(story)));

        Assert.Equal("COMPLETED", Assert.Single(answers.Distinct()).Status);
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Charge_WhenTheCardIsRefused_StaysDeclinedWhateverCardComesNext()
    {
        var declined = await payment.ChargeAsync(story, "tok_declined");

        Assert.Equal(("DECLINED", "card-declined"), (declined.Status, await payment.DetailAsync(story)));
        Assert.Equal(declined, await payment.ChargeAsync(story, "tok_good"));
        Assert.Equal(["0 - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-declined"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Charge_WhenVoidedBefore_FindsItVoidedAndCapturesNothing()
    {
        var voided = await payment.VoidAsync(story);

        Assert.Equal("VOIDED", voided.Status);
        Assert.Equal(voided, await payment.ChargeAsync(story));
        Assert.Equal(voided, await payment.VoidAsync(story));
        Assert.Empty(await payment.BooksAsync(story));
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Void_WhenChargedBefore_FindsItCompletedAndGivesNothingBack()
    {
        var charged = await payment.ChargeAsync(story);

        Assert.Equal("COMPLETED", charged.Status);
        Assert.Equal(charged, await payment.VoidAsync(story));
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Void_WhenAChargeIsUnderWayOnAnotherReplica_EndsAsOneOfTheTwo()
    {
        await using var second = PaymentService.Start(servers, database, looksAfterUnsettled: true);
        var stories = Enumerable.Range(0, 30).Select(_ => new Story()).ToArray();

        var ends = await Task.WhenAll(stories.Select(async (each, i) =>
        {
            var charging = payment.ChargeAsync(each);
            // From before the charge has begun to after it has ended.
            await Task.Delay(i * 2);
            var voiding = second.VoidAsync(each);
            return (Charged: (await charging).Status, Voided: (await voiding).Status);
        }));

        Assert.All(ends, end => Assert.Equal(end.Charged, end.Voided));
        foreach (var (each, end) in stories.Zip(ends))
        {
            Assert.Equal(end.Charged, await payment.StatusAsync(each));
            Assert.Equal([end.Charged == "VOIDED" ? "1 payment-voided" : "1 payment-completed"], await payment.Database.ToldAsync(each.RegistrationId));
            // What was captured for a payment that ended as voided goes back, and what is kept belongs to one that is completed.
            IReadOnlyList<string> right = end.Charged == "VOIDED" ? ["", "0 - 0", $"{Story.Fee} - {Story.Fee}"] : [$"{Story.Fee} - 0"];
            await Eventually.TrueAsync(async () => right.Contains((await payment.BooksAsync(each)).SingleOrDefault("")));
        }
    }
}
