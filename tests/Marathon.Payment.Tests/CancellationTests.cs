using Marathon.Testing;

namespace Marathon.Payments.Tests;

/// <summary>The registration was cancelled: what happens to the money.</summary>
public sealed class CancellationTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new();
    private readonly EventSource registration = servers.Others;
    private PaymentService payment = null!;

    public async Task InitializeAsync() => payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true);

    public Task DisposeAsync() => payment.DisposeAsync().AsTask();

    [Fact]
    public async Task Cancelled_WhenToldThreeTimes_IsRefundedOnce()
    {
        await payment.ChargeAsync(story);

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 15_000), 2), (story.Cancelled(refundDue: 15_000), 2)]);
        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "REFUNDED");
        await registration.SendAsync([(story.Cancelled(refundDue: 15_000), 2), (story.Changed(), 3)]);
        await payment.Database.AppliedAsync("registrations", 3, story.RegistrationId);

        Assert.Equal("REFUNDED", await payment.StatusAsync(story));
        Assert.Equal([$"{Story.Fee} - 15000"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed", "2 payment-refunded"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Cancelled_WhenTheProviderDoesNotKnowTheCharge_StaysDueUntilItDoes()
    {
        await payment.ChargeAsync(story);
        // As another provider's books have it.
        await payment.Database.ExecuteAsync("DELETE FROM simulated_provider_charges WHERE key = $1", story.RegistrationId);

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 15_000), 2)]);
        await Eventually.TrueAsync(async () => (await payment.GetAsync($"/payments/{story.Number}")).Body is var shown
            && shown.TryGetProperty("lastError", out var error) && error.GetString() == "not-refunded" && shown.GetProperty("attempts").GetInt32() > 1);
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
        await payment.Database.ExecuteAsync("UPDATE simulated_provider_charges SET outcome = 'CAPTURED', captured = $2 WHERE key = $1", story.RegistrationId, Story.Fee);

        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "REFUNDED");
        Assert.Equal([$"{Story.Fee} - 15000"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed", "2 payment-refunded"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Cancelled_WhenNothingIsDue_KeepsTheMoney()
    {
        await payment.ChargeAsync(story);

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 0), 2)]);
        await payment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        Assert.Equal("COMPLETED", await payment.StatusAsync(story));
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
    }

    [Fact]
    public async Task CancelledBeforeConfirmed_WhenNothingWasCharged_IsVoidedAndALateChargeCapturesNothing()
    {
        await registration.SendAsync(story.Cancelled(refundDue: 0, wasConfirmed: false), 1);
        await payment.Database.AppliedAsync("registrations", 1, story.RegistrationId);

        Assert.Equal("VOIDED", (await payment.ChargeAsync(story)).Status);
        Assert.Empty(await payment.BooksAsync(story));
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task CancelledBeforeConfirmed_WhenChargedMeanwhile_IsRefundedWhole()
    {
        await payment.ChargeAsync(story);

        await registration.SendAsync(story.Cancelled(refundDue: 0, wasConfirmed: false), 1);

        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "REFUNDED");
        Assert.Equal([$"{Story.Fee} - {Story.Fee}"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed", "2 payment-refunded"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task CancelledBeforeConfirmed_WhenCapturedAndNotNoted_IsVoidedAndReversed()
    {
        await payment.LeaveRequestedAsync(story, captured: true, due: false);

        await registration.SendAsync(story.Cancelled(refundDue: 0, wasConfirmed: false), 1);

        await Eventually.TrueAsync(async () => (await payment.BooksAsync(story)).SequenceEqual([$"{Story.Fee} - {Story.Fee}"]));
        Assert.Equal("VOIDED", await payment.StatusAsync(story));
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }
}
