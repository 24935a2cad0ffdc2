using System.Diagnostics;
using System.Globalization;
using Marathon.Payments.Adapters.Provider.Simulated;
using Marathon.Payments.Application.Ports;
using Marathon.Payments.Domain;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Marathon.Payments.Tests;

/// <summary>The provider fails, stays silent, or answers when nobody is listening any more. The books are counted at its side.</summary>
public sealed class HardCaseTests(Servers servers) : IClassFixture<Servers>
{
    private readonly Story story = new();
    private readonly EventSource registration = servers.Others;

    [Fact]
    public async Task Charge_WhenCapturedAndNeverAnswered_IsUnknownFirstAndCompletedOnceItIsAskedAgain()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: false, PaymentService.Impatient);

        Assert.Null(await payment.TryChargeAsync(story, "tok_times_out"));
        var answer = await payment.ChargeUntilKnownAsync(story, "tok_times_out");

        Assert.Equal("COMPLETED", answer.Status);
        Assert.Equal([$"{Story.Fee} - 0"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Charge_WhenTheProviderFails_CapturesNothingAndIsClosedByTheVoid()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true);

        Assert.Null(await payment.TryChargeAsync(story, "tok_fails"));
        Assert.Null(await payment.TryChargeAsync(story, "tok_fails"));
        Assert.Equal("VOIDED", (await payment.VoidAsync(story)).Status);

        await Eventually.TrueAsync(async () => (await payment.BooksAsync(story)).SequenceEqual(["0 - 0"]));
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task RetryStorm_WhenTheFirstAnswerIsLost_CapturesOnceAndAnswersAlikeOnTwoReplicas()
    {
        var database = await servers.CreateDatabaseAsync<Program>();
        await using var first = PaymentService.Start(servers, database, looksAfterUnsettled: true, PaymentService.Impatient);
        await using var second = PaymentService.Start(servers, database, looksAfterUnsettled: true, PaymentService.Impatient);

        // Most of the first hundred give up; each comes again until it knows, as callers do.
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? first : second).ChargeUntilKnownAsync(story, "tok_times_out")));

        Assert.Equal("COMPLETED", Assert.Single(answers.Distinct()).Status);
        Assert.Equal([$"{Story.Fee} - 0"], await first.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await first.Database.ToldAsync(story.RegistrationId));
    }

    [Theory]
    [InlineData("tok_refund_fails", 3)]
    [InlineData("tok_refund_times_out", 2)]
    [InlineData("tok_refund_fails_then_times_out", 3)]
    public async Task Refund_WhenItFailsOrSucceedsButTimesOut_IsTriedAgainVisiblyAndPaidOnce(string token, int attempts)
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true, PaymentService.Impatient);
        await payment.ChargeUntilKnownAsync(story, token);

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 10_000), 2)]);

        await Eventually.TrueAsync(async () => await payment.StatusAsync(story) == "REFUNDED", TimeSpan.FromSeconds(120));
        Assert.Equal([$"{Story.Fee} - 10000"], await payment.BooksAsync(story));
        Assert.Equal(["1 payment-completed", "2 payment-refunded"], await payment.Database.ToldAsync(story.RegistrationId));
        var (_, view) = await payment.GetAsync($"/payments/{story.RegistrationId}");
        // On a busy machine further attempts may end in a time-out.
        Assert.True(view.GetProperty("attempts").GetInt32() >= attempts);
        Assert.Equal((10_000, true, false), (view.GetProperty("refunded").GetInt32(), view.TryGetProperty("lastError", out _), view.TryGetProperty("nextAttemptAt", out _)));
    }

    [Fact]
    public async Task Refund_WhileItFails_ShowsWhyAndWhenItIsTriedAgain()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true,
            [("Payment:RetryDelay", "01:00:00"), ("Payment:LongestRetryDelay", "02:00:00")]);
        await payment.ChargeAsync(story, "tok_refund_fails");

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 10_000), 2)]);

        var due = await Eventually.GetAsync(async () =>
        {
            var (_, shown) = await payment.GetAsync($"/payments/{story.Number}");
            Assert.Equal("simulated-failure", shown.TryGetProperty("lastError", out var error) ? error.GetString() : null);
            return shown;
        });
        Assert.Equal(("REFUND_DUE", 10_000, 0, 1), (due.GetProperty("status").GetString(), due.GetProperty("refundDue").GetInt32(),
            due.GetProperty("refunded").GetInt32(), due.GetProperty("attempts").GetInt32()));
        Assert.InRange(due.GetProperty("nextAttemptAt").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(40), TimeSpan.FromMinutes(76));
    }

    [Fact]
    public async Task Refund_WhileItFails_IsTriedAgainAfterTwiceAsLong_UpToTheLongest_SpreadByAQuarter()
    {
        // No pause is shorter than a call may last. So these are long ones, and each is cut short as soon as it is known.
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true,
            [("Payment:RetryDelay", "01:00:00"), ("Payment:LongestRetryDelay", "06:00:00"), ("Payment:Simulated:RefundFailRate", "1")]);
        await payment.ChargeAsync(story);
        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 10_000), 2)]);

        double[] hours = [1, 2, 4, 6, 6, 6];
        var spread = new List<double>();
        for (var attempt = 1; attempt <= hours.Length; attempt++)
        {
            var pause = await Eventually.GetAsync(async () => Assert.Single(await payment.Database.RowsAsync("""
                SELECT (extract(epoch FROM due_at - now()) / 3600)::float8 FROM payments WHERE registration_id = $1 AND attempts = $2 AND last_error = 'simulated-failure'
                """, story.RegistrationId, attempt)));
            spread.Add(double.Parse(pause, CultureInfo.InvariantCulture) / hours[attempt - 1]);
            await payment.Database.ExecuteAsync("UPDATE payments SET due_at = now(), last_error = NULL WHERE registration_id = $1", story.RegistrationId);
        }

        // It was looked at a moment after it had begun.
        Assert.All(spread, part => Assert.InRange(part, 0.74, 1.25));
        Assert.True(spread.Select(part => Math.Round(part, 2)).Distinct().Count() > 1, "all pauses are exactly as long as they are on average");
    }

    [Fact]
    public async Task Captured_WhenTheReplicaFreezesBeforeItNotesIt_IsCompletedByAnotherAndCapturedOnce()
    {
        var database = await servers.CreateDatabaseAsync<Program>();
        var gate = new Gate(opensAfter: Gate.Step.Captured);
        var frozen = PaymentService.Start(servers, database, looksAfterUnsettled: false, [("Payment:Patience", "00:01:30")], gate.Install);
        var charging = frozen.TryChargeAsync(story, "tok_good");
        await gate.Reached;

        await using var other = PaymentService.Start(servers, database, looksAfterUnsettled: false, PaymentService.Impatient);
        var answer = await other.ChargeUntilKnownAsync(story, "tok_good");
        // It wakes up, long after everything is over.
        gate.Open();
        var late = await charging;

        Assert.Equal("COMPLETED", answer.Status);
        Assert.Equal(answer, late);
        Assert.Equal([$"{Story.Fee} - 0"], await other.BooksAsync(story));
        Assert.Equal(["1 payment-completed"], await other.Database.ToldAsync(story.RegistrationId));
        await frozen.DisposeAsync();
    }

    [Theory]
    [InlineData(Gate.Step.Asked)]
    [InlineData(Gate.Step.Captured)]
    public async Task Void_WhenAChargeIsOnItsWay_IsDecidedOnceAndNoMoneyStaysThatIsNotAccountedFor(Gate.Step step)
    {
        var gate = new Gate(opensAfter: step);
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true, configure: gate.Install);
        var charging = payment.TryChargeAsync(story, "tok_good");
        await gate.Reached;

        var voided = await payment.VoidAsync(story);
        gate.Open();
        var charged = await charging;

        // Before the provider has heard of it the void wins; after it has captured, the charge does.
        var expected = step is Gate.Step.Asked ? "VOIDED" : "COMPLETED";
        Assert.Equal((expected, expected), (voided.Status, charged!.Status));
        Assert.Equal([expected is "VOIDED" ? "1 payment-voided" : "1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
        IReadOnlyList<string> right = expected is "VOIDED" ? ["0 - 0", $"{Story.Fee} - {Story.Fee}"] : [$"{Story.Fee} - 0"];
        await Eventually.TrueAsync(async () => right.Contains((await payment.BooksAsync(story)).SingleOrDefault("")));
    }

    [Fact]
    public async Task Void_WhenTheProviderIsSilentForLongerThanTheCallerWaits_IsDecidedAndWhatWasCapturedGoesBack()
    {
        var gate = new Gate(opensAfter: Gate.Step.Looked);
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true, PaymentService.Impatient, gate.Install);
        await payment.LeaveRequestedAsync(story, captured: true, due: false);
        using var caller = new CancellationTokenSource();
        var voiding = payment.VoidAsync(story, caller.Token);
        await gate.Reached;

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => voiding);

        await Eventually.TrueAsync(async () => (await payment.BooksAsync(story)).SequenceEqual([$"{Story.Fee} - {Story.Fee}"]));
        Assert.Equal("VOIDED", (await payment.VoidAsync(story)).Status);
        Assert.Equal(["1 payment-voided"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Charge_WhenItIsSlowByTheRate_IsCompletedAfterTheSlowLatency()
    {
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: false,
            [("Payment:Simulated:SlowRate", "1"), ("Payment:Simulated:SlowLatency", "1000")]);

        var watch = Stopwatch.StartNew();
        var answer = await payment.ChargeAsync(story);

        Assert.Equal("COMPLETED", answer.Status);
        // Timers may be a little early.
        Assert.InRange(watch.ElapsedMilliseconds, 950, long.MaxValue);
    }

    [Fact]
    public async Task Rates_WhenEverythingGoesWrongNowAndThen_LeaveEveryWonAccountedFor()
    {
        (string, string)[] settings =
        [
            .. PaymentService.Impatient, ("Payment:Simulated:Latency", "0-20"), ("Payment:Simulated:DeclineRate", "0.1"), ("Payment:Simulated:FailRate", "0.2"),
            ("Payment:Simulated:TimeoutRate", "0.1"), ("Payment:Simulated:SlowRate", "0.1"), ("Payment:Simulated:SlowLatency", "200-400"),
            ("Payment:Simulated:RefundFailRate", "0.3"), ("Payment:Simulated:RefundTimeoutRate", "0.2"),
        ];
        await using var payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true, settings);
        var stories = Enumerable.Range(0, 60).Select(_ => new Story()).ToArray();

        var answers = await Task.WhenAll(stories.Select((each, i) => i % 5 == 0 ? payment.VoidAsync(each) : payment.ChargeUntilKnownAsync(each, "tok_good")));
        var paid = stories.Zip(answers).Where(pair => pair.Second.Status == "COMPLETED").Select(pair => pair.First).ToArray();
        await registration.SendAsync(paid.SelectMany(each => new (Contracts.IntegrationEvent, int)[] { (each.Confirmed(), 1), (each.Cancelled(refundDue: 15_000), 2) }));

        await Eventually.TrueAsync(async () => await payment.Database.RowsAsync("SELECT 1 FROM payments WHERE due_at IS NOT NULL") is []
            && (await payment.Database.RowsAsync("SELECT 1 FROM payments WHERE status = 'REFUNDED'")).Count == paid.Length, TimeSpan.FromSeconds(180));
        Assert.Equal(paid.Length.ToString(CultureInfo.InvariantCulture), Assert.Single(await payment.Database.RowsAsync(
            "SELECT count(*) FROM simulated_provider_charges WHERE captured = 20000 AND cancelled = 15000")));
        Assert.Empty(await payment.Database.RowsAsync("""
            SELECT key::text FROM simulated_provider_charges charge LEFT JOIN payments ON registration_id = key
            WHERE captured - cancelled <> CASE status WHEN 'REFUNDED' THEN payments.amount - refund_amount ELSE 0 END
            """));
    }

    /// <summary>The provider, stopped at a step of the first call that comes to it until the test lets it go on.</summary>
    public sealed class Gate(Gate.Step opensAfter)
    {
        public enum Step { Asked, Captured, Looked }

        private readonly TaskCompletionSource reached = new(), open = new();
        private int passed;

        public Task Reached => reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void Open() => open.SetResult();

        public void Install(IServiceCollection services) =>
            services.Replace(ServiceDescriptor.Singleton<IPaymentProvider>(provider => new Provider(this, provider.GetRequiredService<SimulatedProvider>())));

        private async Task StopAsync(Step at, CancellationToken cancellationToken)
        {
            if (at != opensAfter || Interlocked.Exchange(ref passed, 1) == 1) return;
            reached.SetResult();
            await open.Task.WaitAsync(cancellationToken);
        }

        private sealed class Provider(Gate gate, SimulatedProvider inner) : IPaymentProvider
        {
            public async Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken)
            {
                await gate.StopAsync(Step.Asked, CancellationToken.None);
                // Frozen and awake again, it does not know that its time is over.
                var answer = await inner.ChargeAsync(key, amount, currency, token, CancellationToken.None);
                await gate.StopAsync(Step.Captured, CancellationToken.None);
                return answer;
            }

            public async Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken)
            {
                await gate.StopAsync(Step.Looked, cancellationToken);
                return await inner.FindAsync(key, cancellationToken);
            }

            public Task<long> CancelAsync(Guid key, int amount, CancellationToken cancellationToken) => inner.CancelAsync(key, amount, cancellationToken);
        }
    }
}
