using Marathon.Testing;

namespace Marathon.Payments.Tests;

/// <summary>The process died between asking the provider and noting the answer; the rows are as it left them.</summary>
public sealed class CrashTests(Servers servers) : IClassFixture<Servers>
{
    private readonly Story story = new();

    [Theory]
    [InlineData("charge")]
    [InlineData("void")]
    [InlineData("worker")]
    public async Task Captured_WhenNobodyNotedIt_IsCompletedByWhoeverLooksNext(string next)
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: next == "worker");
        await payment.LeaveRequestedAsync(story, captured: true, due: next == "worker");

        if (next == "charge") Assert.Equal("COMPLETED", (await payment.ChargeAsync(story)).Status);
        if (next == "void") Assert.Equal("COMPLETED", (await payment.VoidAsync(story)).Status);

        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "COMPLETED");
        Assert.Equal("sim_lost", await payment.DetailAsync(story));
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Requested_WhenTheProviderNeverHeardOfIt_IsChargedByTheNextCharge()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: false);
        await payment.LeaveRequestedAsync(story, captured: false, due: false);

        Assert.Equal("COMPLETED", (await payment.ChargeAsync(story)).Status);
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Requested_WhenTheProviderNeverHeardOfIt_IsClosedThereByTheNextVoid()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true);
        await payment.LeaveRequestedAsync(story, captured: false, due: false);

        Assert.Equal("VOIDED", (await payment.VoidAsync(story)).Status);
        // The dead process may have left a charge on its way: the provider must refuse it.
        await Eventually.TrueAsync(async () => (await payment.BooksAsync(story)).SequenceEqual(["0 - 0"]));
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }
}
