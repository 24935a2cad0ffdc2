using Marathon.Payments.Adapters.Provider.Toss;
using Marathon.Testing;

namespace Marathon.Payments.Tests.Toss;

/// <summary>The whole service with Toss Payments as its provider, as far as its documentation describes it.</summary>
public sealed class TossTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new();
    private readonly Logs logs = new();
    private readonly EventSource registration = servers.Others;
    private TossServer toss = null!;
    private PaymentService payment = null!;
    private string database = "";

    public async Task InitializeAsync()
    {
        toss = await TossServer.StartAsync();
        payment = Start(database = await servers.CreateDatabaseAsync<Program>());
    }

    public async Task DisposeAsync()
    {
        await payment.DisposeAsync();
        await toss.DisposeAsync();
        logs.Dispose();
    }

    [Fact]
    public async Task Charge_WhenTheRunnerAgreed_IsCapturedUnderThePageOwnOrderId()
    {
        var agreed = toss.Authorise("page-order-0001", Story.Fee);

        var answer = await payment.ChargeAsync(story, $"page-order-0001:{agreed.PaymentKey}");

        Assert.Equal(("COMPLETED", agreed.PaymentKey), (answer.Status, await payment.DetailAsync(story)));
        Assert.Equal(("DONE", 1), (agreed.Status, agreed.Captures));
        Assert.DoesNotContain(TossServer.SecretKey, logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(agreed.PaymentKey, logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charge_WhenThePageKnewTheRegistrationId_TheTokenIsThePaymentKey()
    {
        var agreed = Authorise(story);

        Assert.Equal("COMPLETED", (await payment.ChargeAsync(story, agreed.PaymentKey)).Status);
    }

    [Fact]
    public async Task Charge_UnderARetryStorm_IsCapturedOnce()
    {
        await using var second = Start(database);
        var agreed = Authorise(story);
        toss.Fail(new TossServer.Fault("confirm", 0, Done: true));

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? payment : second).ChargeUntilKnownAsync(story, agreed.PaymentKey)));

        Assert.Equal("COMPLETED", Assert.Single(answers.Distinct()).Status);
        Assert.Equal(1, agreed.Captures);
    }

    [Theory]
    [InlineData("REJECT_CARD_PAYMENT", "insufficient-funds")]
    [InlineData("REJECT_CARD_COMPANY", "card-declined")]
    [InlineData("EXCEED_MAX_ONE_DAY_AMOUNT", "limit-exceeded")]
    public async Task Charge_WhenTheCardIsRefused_IsDeclinedForGood(string code, string reason)
    {
        var agreed = Authorise(story);
        agreed.Failure = code;

        var answer = await payment.ChargeAsync(story, agreed.PaymentKey);

        Assert.Equal(("DECLINED", reason), (answer.Status, await payment.DetailAsync(story)));
        Assert.Equal(answer, await payment.ChargeAsync(story, agreed.PaymentKey));
        Assert.Equal(0, agreed.Captures);
    }

    [Fact]
    public async Task Charge_OfAnotherAmountThanTheRunnerAgreedTo_IsDeclined()
    {
        var agreed = toss.Authorise(story.RegistrationId.ToString(), amount: 100);

        Assert.Equal(("DECLINED", "payment-differs"), await OutcomeAsync(story, agreed.PaymentKey));
        Assert.Equal(0, agreed.Captures);
    }

    [Theory]
    [InlineData(400, "PROVIDER_ERROR", false)]
    [InlineData(400, "CARD_PROCESSING_ERROR", false)]
    [InlineData(500, "FAILED_INTERNAL_SYSTEM_PROCESSING", false)]
    [InlineData(500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", true)]
    [InlineData(429, "", false)]
    [InlineData(502, "", true)]
    [InlineData(404, "NOT_FOUND_PAYMENT_SESSION", true)]
    [InlineData(400, "SOMETHING_NEW", false)]
    [InlineData(401, "UNAUTHORIZED_KEY", false)]
    public async Task Charge_WhenTossFails_IsNeverDeclinedAndCapturedOnceInTheEnd(int status, string code, bool done)
    {
        var agreed = Authorise(story);
        toss.Fail(new TossServer.Fault("confirm", status, code, done));

        var first = await payment.TryChargeAsync(story, agreed.PaymentKey);
        var answer = await payment.ChargeUntilKnownAsync(story, agreed.PaymentKey);

        // What was done after all is found out by asking; what was not is asked for anew, since Toss repeats an error to the same key.
        Assert.Equal((done ? "COMPLETED" : null, "COMPLETED"), (first?.Status, answer.Status));
        Assert.Equal(1, agreed.Captures);
        Assert.Equal(done ? 1 : 2, toss.Requests.Where(request => request.Call == "confirm").Distinct().Count());
    }

    [Fact]
    public async Task Charge_WhenTheAnswerIsLost_IsAskedForUnderTheSameKey()
    {
        var agreed = Authorise(story);
        toss.Fail(new TossServer.Fault("confirm", 0, Done: true));

        Assert.Null(await payment.TryChargeAsync(story, agreed.PaymentKey));
        Assert.Equal("COMPLETED", (await payment.ChargeUntilKnownAsync(story, agreed.PaymentKey)).Status);

        Assert.Equal(1, agreed.Captures);
        Assert.Single(toss.Requests.Where(request => request.Call == "confirm").Distinct());
    }

    [Fact]
    public async Task Charge_WhenThePaymentPaidForAnotherRegistration_IsDeclined()
    {
        var agreed = toss.Authorise("page-order-0002", Story.Fee);
        var another = new Story();

        Assert.Equal("COMPLETED", (await payment.ChargeAsync(story, $"page-order-0002:{agreed.PaymentKey}")).Status);
        Assert.Equal(("DECLINED", "token-used"), await OutcomeAsync(another, $"page-order-0002:{agreed.PaymentKey}"));
        Assert.Equal((1, 0), (agreed.Captures, agreed.Cancels.Count));
    }

    [Theory]
    [InlineData("order-of-a-stranger", "payment-differs")]
    [InlineData("no order", "token-invalid")]
    public async Task Charge_WhenTheTokenIsNotTheRunners_IsDeclinedAndTouchesNothing(string orderId, string reason)
    {
        var strangers = toss.Authorise("page-order-0003", Story.Fee);
        strangers.Status = "DONE";

        Assert.Equal(("DECLINED", reason), await OutcomeAsync(story, $"{orderId}:{strangers.PaymentKey}"));
        Assert.Empty(strangers.Cancels);
    }

    [Theory]
    [InlineData(Story.Fee, 2, false)]
    [InlineData(Story.Fee + 5_000, 2, false)]
    [InlineData(Story.Fee, 0, false)]
    [InlineData(Story.Fee, 2, true)]
    public async Task Charge_WithAPaymentForSomethingElse_IsDeclinedAndNothingGoesBack(int amount, int minutesAgo, bool fails)
    {
        var bought = Bought(amount, minutesAgo);
        if (fails) toss.Fail(new TossServer.Fault("confirm", 500, "FAILED_INTERNAL_SYSTEM_PROCESSING"));

        Assert.Equal(("DECLINED", "payment-differs"), await OutcomeAsync(story, $"{bought.OrderId}:{bought.PaymentKey}"));
        Assert.Empty(bought.Cancels);
    }

    [Fact]
    public async Task Void_WhenThePaymentWasForSomethingElse_GivesNothingBack()
    {
        var bought = Bought(Story.Fee, minutesAgo: 2);
        // Neither the charge nor the void gets an answer.
        toss.Fail(new TossServer.Fault("confirm", 0), new TossServer.Fault("find", 500));
        Assert.Null(await payment.TryChargeAsync(story, $"{bought.OrderId}:{bought.PaymentKey}"));

        Assert.Equal("VOIDED", (await payment.VoidAsync(story)).Status);

        await Eventually.TrueAsync(async () => !(await payment.GetAsync($"/payments/{story.Number}")).Body.GetProperty("reversalDue").GetBoolean());
        Assert.Empty(bought.Cancels);
    }

    /// <summary>Something else that is sold with the same key, in another shop of the organiser's: whoever buys there knows both names of the payment.</summary>
    private TossServer.Payment Bought(int amount, int minutesAgo)
    {
        var bought = toss.Authorise("web-shop-order-0007", amount);
        (bought.Status, bought.Captures, bought.ApprovedAt) = ("DONE", 1, DateTimeOffset.UtcNow.AddMinutes(-minutesAgo));
        return bought;
    }

    [Fact]
    public async Task Charge_OfAFreeRace_IsCompletedAndTossIsNeverAsked()
    {
        var answer = await payment.ChargeAsync(story, token: null, amount: 0);

        Assert.Equal(("COMPLETED", "free"), (answer.Status, await payment.DetailAsync(story)));
        Assert.Equal(answer, await payment.ChargeAsync(story, token: null, amount: 0));
        Assert.Equal(answer, await payment.VoidAsync(story));
        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 0), 2)]);
        await payment.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        Assert.Equal("COMPLETED", await payment.StatusAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
        Assert.Empty(toss.Requests);
    }

    [Fact]
    public async Task Charge_IntoAVirtualAccount_IsRefusedAndClosedAtToss()
    {
        var agreed = toss.Authorise(story.RegistrationId.ToString(), Story.Fee, byTransfer: true);

        Assert.Equal(("DECLINED", "method-not-supported"), await OutcomeAsync(story, agreed.PaymentKey));
        Assert.Equal("CANCELED", agreed.Status);
    }

    [Fact]
    public async Task Void_WhenTheChargeWasLostOnTheWay_WaitsUntilTossHasEndedIt()
    {
        var agreed = Authorise(story);
        toss.Fail(new TossServer.Fault("confirm", 0));
        Assert.Null(await payment.TryChargeAsync(story, agreed.PaymentKey));

        Assert.Equal("VOIDED", (await payment.VoidAsync(story)).Status);
        await Eventually.TrueAsync(async () => (await payment.GetAsync($"/payments/{story.Number}")).Body is var shown
            && shown.TryGetProperty("lastError", out var error) && error.GetString() == "toss IN_PROGRESS: not ended yet");
        Assert.Equal("VOIDED", (await payment.ChargeAsync(story, agreed.PaymentKey)).Status);
        // The lost request arrives after all.
        agreed.Status = "DONE";
        agreed.Captures++;

        await Eventually.TrueAsync(async () => agreed.Status == "CANCELED" && !(await payment.GetAsync($"/payments/{story.Number}")).Body.GetProperty("reversalDue").GetBoolean());
        Assert.Equal([Story.Fee], agreed.Cancels.Select(cancel => cancel.Amount));
    }

    [Fact]
    public async Task Refund_InPart_IsGivenBackInPart()
    {
        var agreed = await PaidAsync();

        await CancelAsync(refundDue: 10_000);

        Assert.Equal(("PARTIAL_CANCELED", 10_000L), (agreed.Status, agreed.BalanceAmount));
        Assert.Single(agreed.Cancels);
    }

    [Theory]
    [InlineData("PROVIDER_ERROR", 400, false)]
    [InlineData("FORBIDDEN_CONSECUTIVE_REQUEST", 403, false)]
    [InlineData("FAILED_REFUND_PROCESS", 500, true)]
    [InlineData("", 502, true)]
    [InlineData("", 0, true)]
    [InlineData("", 0, false)]
    public async Task Refund_WhenTheFirstAttemptGoesWrong_IsPaidOnce(string code, int status, bool done)
    {
        var agreed = await PaidAsync();
        toss.Fail(new TossServer.Fault("cancel", status, code, done));

        await CancelAsync(refundDue: 10_000);

        Assert.Equal(10_000L, Assert.Single(agreed.Cancels).Amount);
    }

    [Fact]
    public async Task Refund_WhenTossDoesNotKnowThePayment_StaysDueAndIsPaidOnceItDoes()
    {
        var agreed = await PaidAsync();
        // So it answers to the key of another shop.
        toss.Fail(new TossServer.Fault("find", 404, "NOT_FOUND_PAYMENT"));

        await CancelAsync(refundDue: 10_000);

        Assert.Equal(10_000L, Assert.Single(agreed.Cancels).Amount);
        Assert.Equal("not-refunded", (await payment.GetAsync($"/payments/{story.Number}")).Body.GetProperty("lastError").GetString());
    }

    [Theory]
    [InlineData("ABORTED")]
    [InlineData("EXPIRED")]
    public async Task Refund_WhenTossSaysThatNothingWasPaid_StaysDue(string status)
    {
        var agreed = await PaidAsync();
        agreed.Status = status;

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 10_000), 2)]);

        await Eventually.TrueAsync(async () => (await payment.GetAsync($"/payments/{story.Number}")).Body is var shown
            && shown.TryGetProperty("lastError", out var error) && error.GetString() == "not-refunded");
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
        Assert.Equal("REFUND_DUE", await payment.StatusAsync(story));
    }

    [Fact]
    public async Task Refund_WhenItFailsAndThenSucceedsButTimesOut_IsPaidOnce()
    {
        var agreed = await PaidAsync();
        toss.Fail(new TossServer.Fault("cancel", 500, "FAILED_METHOD_HANDLING_CANCEL"), new TossServer.Fault("cancel", 0, Done: true));

        await CancelAsync(refundDue: 10_000);

        Assert.Equal(10_000L, Assert.Single(agreed.Cancels).Amount);
        // An error ends a key, silence does not; and once the money is seen to be back nothing is sent at all.
        Assert.Equal(2, toss.Requests.Count(request => request.Call == "cancel"));
    }

    [Fact]
    public async Task Refund_WhenAnAttemptThatFailedIsCarriedOutLater_IsRefusedByTossTheSecondTime()
    {
        var agreed = await PaidAsync();
        using var http = new HttpClient { BaseAddress = new Uri(toss.Address) };
        http.DefaultRequestHeaders.Authorization = TossClient.Credential(TossServer.SecretKey);
        var client = new TossClient(http);

        // Two attempts that both saw the whole amount left, under two keys.
        var first = await client.CancelAsync(agreed.PaymentKey, 10_000, Story.Fee, "registration cancelled", "one", CancellationToken.None);
        var second = await client.CancelAsync(agreed.PaymentKey, 10_000, Story.Fee, "registration cancelled", "two", CancellationToken.None);

        Assert.Equal((10_000L, "NOT_MATCHES_REFUNDABLE_AMOUNT"), (first.Payment!.BalanceAmount, second.Code));
        Assert.Single(agreed.Cancels);
    }

    [Theory]
    [InlineData("toss", null, "https://toss.example", "Payment:Toss:SecretKey is not set")]
    [InlineData("toss", "secret", "http://toss.example", "must be https")]
    [InlineData("tos", null, null, "Known are simulated and toss")]
    public void Start_WhenTheProviderIsSetUpWrongly_SaysWhat(string provider, string? secret, string? endpoint, string says)
    {
        (string, string?)[] settings = [("Payment:Provider", provider), ("Payment:Toss:SecretKey", secret), ("Payment:Toss:Endpoint", endpoint)];

        var failure = Assert.ThrowsAny<Exception>(() => PaymentService.Start(
            servers, database, looksAfterUnsettled: false, [.. settings.Where(setting => setting.Item2 is not null).Select(setting => (setting.Item1, setting.Item2!))]));

        Assert.Contains(says, failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc:key")]
    [InlineData("order.id:key")]
    [InlineData("page-order-0001:")]
    [InlineData("")]
    [InlineData(null)]
    public void Token_WhenItCanBeNoPaymentOfToss_IsRefused(string? token) => Assert.Null(TossToken.Parse(token, Guid.NewGuid()));

    private TossServer.Payment Authorise(Story of) => toss.Authorise(of.RegistrationId.ToString(), Story.Fee);

    private PaymentService Start(string on) => PaymentService.Start(servers, on, looksAfterUnsettled: true,
        [.. PaymentService.Impatient, ("Payment:Provider", "toss"), ("Payment:Toss:SecretKey", TossServer.SecretKey), ("Payment:Toss:Endpoint", toss.Address)], logs.Capture);

    private async Task<TossServer.Payment> PaidAsync()
    {
        var agreed = Authorise(story);
        Assert.Equal("COMPLETED", (await payment.ChargeUntilKnownAsync(story, agreed.PaymentKey)).Status);
        return agreed;
    }

    private async Task CancelAsync(int refundDue)
    {
        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue), 2)]);
        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "REFUNDED", TimeSpan.FromSeconds(120));
    }

    private async Task<(string, string)> OutcomeAsync(Story of, string token) => ((await payment.ChargeAsync(of, token)).Status, await payment.DetailAsync(of));
}
