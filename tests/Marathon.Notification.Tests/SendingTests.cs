using Marathon.Contracts;
using Marathon.Notification.Adapters;
using Marathon.Notification.Application;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Notification.Tests;

/// <summary>From the events of the other services to the provider, over a real broker and a real database.</summary>
public sealed class SendingTests(Servers servers) : IClassFixture<Servers>
{
    private readonly EventSource others = servers.Others;

    [Fact]
    public async Task Facts_WhenEachIsToldTwice_AreEachSentOnce()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var story = new Story();
        IntegrationEvent[] registrations = [story.Confirmed(), story.Cancelled(refundDue: 15_000), story.Changed()];
        IntegrationEvent[] payments = [story.Paid(), story.Refunded(15_000), story.Paid()];
        IntegrationEvent[] deliveries = [story.Received(), story.Dispatched(), story.Delivered(), story.ReturnRequested(), story.Received()];
        var once = ((IntegrationEvent[][])[registrations, payments, deliveries]).SelectMany(stream => stream.Select((told, i) => (told, i + 1))).ToArray();

        // Each one doubled on the spot, then all of them once more. The last of each stream says nothing to the runner: behind it, all has been seen.
        await others.SendAsync(once.SelectMany(told => new[] { told, told }));
        await others.SendAsync(once);
        await notification.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        await notification.Database.AppliedAsync("payments", 3, story.RegistrationId);
        await notification.Database.AppliedAsync("deliveries", 5, story.RegistrationId);

        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(story)).All(message => message.EndsWith("ACCEPTED", StringComparison.Ordinal)));
        Assert.Equal(
            ["cancelled ACCEPTED", "confirmed ACCEPTED", "delivered ACCEPTED", "dispatched ACCEPTED", "refunded ACCEPTED", "return-requested ACCEPTED"],
            (await notification.MessagesAsync(story)).Order(StringComparer.Ordinal));
        var sent = await notification.SentToAsync(story);
        Assert.Equal(6, sent.Count);
        Assert.Equal(6, sent.Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 6).Select(version => $"{version} sms-accepted"), await notification.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Refund_WhenHeardOfBeforeTheRegistration_IsSentWhenTheRunnerIsKnown()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var story = new Story(language: "en");

        await others.SendAsync([(story.Paid(), 1), (story.Refunded(15_000), 2)]);
        await notification.Database.AppliedAsync("payments", 2, story.RegistrationId);
        Assert.Equal(["refunded QUEUED"], await notification.MessagesAsync(story));

        await others.SendAsync(story.Confirmed(), 1);

        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 2);
        Assert.Contains($"[Marathon] Kim Runner, 15,000 KRW has been refunded. Number {story.Number}", await notification.SentToAsync(story));
    }

    [Fact]
    public async Task Oldest_WhenNothingIsKnownOfHowManyAreQueued_AreFoundByRegistration()
    {
        await using var notification = await NotificationService.StartAsync(servers);

        var plan = await notification.Database.RowsAsync("EXPLAIN " + MessageQueue.Oldest, new Guid[] { Guid.CreateVersion7() });

        Assert.Contains("messages_of", Assert.Single(plan, line => line.Contains(" Scan using ")));
    }

    [Theory]
    [InlineData("en", "Kim Runner", "[Marathon] Kim Runner, your place in Seoul Marathon, 10K, is confirmed. Race day 2026-11-29, number {0}")]
    [InlineData("ko", "김러너", "[마라톤] 김러너님, Seoul Marathon 10K 참가가 확정되었습니다. 대회일 2026-11-29, 접수번호 {0}")]
    public async Task Confirmation_IsInTheRunnersLanguage(string language, string name, string expected)
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var story = new Story(language: language) { Name = name };

        await others.SendAsync(story.Confirmed(), 1);

        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 1);
        Assert.Equal([expected.Replace("{0}", story.Number, StringComparison.Ordinal)], await notification.SentToAsync(story));
    }

    [Theory]
    [InlineData("en", 0, "[Marathon] The goods you sent for Seoul Marathon were inspected. Passed: 1,190, failed: 10. Order {0}")]
    [InlineData("en", 5, "[Marathon] The goods you sent for Seoul Marathon were inspected. Passed: 1,190, failed: 10, missing: 5. Order {0}")]
    [InlineData("ko", 0, "[마라톤] Seoul Marathon 기념품 검수 결과, 합격 1,190개, 불합격 10개입니다. 발주번호 {0}")]
    [InlineData("ko", 5, "[마라톤] Seoul Marathon 기념품 검수 결과, 합격 1,190개, 불합격 10개, 미입고 5개입니다. 발주번호 {0}")]
    public async Task Inspection_WhenToldThreeTimes_IsSentToTheSupplierOnce_InTheirLanguage(string language, int missing, string expected)
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var order = new Order(language);
        var inspected = order.Inspected(new InspectedLine("TOP", "100", Quantity: 700 + missing, Passed: 700, Failed: 0), new InspectedLine("BOTTOM", "95", Quantity: 500, Passed: 490, Failed: 10));

        // Behind the last one, all has been seen.
        await others.SendAsync([(inspected, 1), (inspected, 1), (order.Cancelled(), 2), (inspected, 1)]);
        await others.SendAsync(order.Cancelled(), 3);
        await notification.Database.AppliedAsync("procurements", 3, order.Id);

        await Eventually.TrueAsync(async () => (await notification.Database.ToldAsync(order.Id)).Count > 0);
        Assert.Equal([expected.Replace("{0}", order.Number, StringComparison.Ordinal)], await notification.SentToAsync(order));
        Assert.Equal(["1 sms-accepted"], await notification.Database.ToldAsync(order.Id));
        Assert.Equal([], await notification.Database.RowsAsync("SELECT 1 FROM messages WHERE status = 'QUEUED' AND registration_id = $1", order.Id));
    }

    [Fact]
    public async Task Message_WhenSoMuchTimePassedSinceItsLease_IsNotGivenUnderIt()
    {
        var clock = new StallingClock { Stalls = true };
        await using var notification = await NotificationService.StartAsync(servers, services => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SendMessages>(provider, clock)));
        var story = new Story();

        await others.SendAsync(story.Confirmed(), 1);

        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM attempts AS attempt JOIN messages ON id = message_id WHERE outcome = 'LATER' AND attempt.reason = 'stalled' AND registration_id = $1", story.RegistrationId)).Count > 1);
        Assert.Empty(await notification.SentToAsync(story));
        clock.Stalls = false;
        await Eventually.TrueAsync(async () => await notification.MessagesAsync(story) is ["confirmed ACCEPTED"]);
        Assert.Single(await notification.SentToAsync(story));
    }

    /// <summary>While it stalls, an hour passes between any two looks at it.</summary>
    private sealed class StallingClock : TimeProvider
    {
        private long hours;

        public bool Stalls { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Add(ref hours, Stalls ? 1 : 0) * 3600 * TimestampFrequency);
    }

    [Fact]
    public async Task Message_WhenTheDispatcherDiedBetweenSendingAndNoting_IsNotedAndNotSentTwice()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var (story, message) = (new Story(), Guid.CreateVersion7());
        await notification.Database.ExecuteAsync("INSERT INTO sandbox_sms (reference, phone_no, text) VALUES ($1, $2, 'as it was sent')", message, NotificationService.Dialled(story.PhoneNo));
        await notification.Database.ExecuteAsync("INSERT INTO contacts (registration_id, name, phone_no, language) VALUES ($1, 'Kim', $2, 'ko')", story.RegistrationId, story.PhoneNo);
        await notification.Database.ExecuteAsync("""
            INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, fields, text, lease, lease_until, attempts, given_at)
            VALUES ($1, $2, $3, 'delivered', 'deliveries', 3, '{}', 'as it was sent', gen_random_uuid(), now() - interval '1 second', 1, now() - interval '20 seconds')
            """, message, story.RegistrationId, story.Number);

        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(story)).SequenceEqual(["delivered ACCEPTED"]));

        Assert.Equal(["as it was sent"], await notification.SentToAsync(story));
        Assert.Equal(["1 sms-accepted"], await notification.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Logs_WhateverGoesWrong_HoldNoPhoneNumber()
    {
        using var logs = new Logs();
        var (good, poison) = (new Story(), new Story { Name = "\0" });
        await using var notification = await NotificationService.StartAsync(servers, services =>
        {
            logs.Capture(services);
            services.AddSingleton<ISmsSender>(new FailsOnce());
        }, logLevel: "Trace");

        // The database takes no zero byte: the event is tried, fails and is parked.
        await others.SendAsync([(poison.Confirmed(), 1), (good.Confirmed(), 1)]);
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(good)).SequenceEqual(["confirmed ACCEPTED"]));
        await Eventually.TrueAsync(() => Task.FromResult(logs.Text.Contains($"{poison.RegistrationId}/1 is parked", StringComparison.Ordinal)));

        Assert.Contains("Sending is tried again", logs.Text, StringComparison.Ordinal);
        foreach (var story in (Story[])[good, poison])
        {
            Assert.DoesNotContain(story.PhoneNo, logs.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(story.PhoneNo.Replace("-", "", StringComparison.Ordinal), logs.Text, StringComparison.Ordinal);
        }
    }

    /// <summary>A provider that complains once, with what it was given in the details.</summary>
    private sealed class FailsOnce : Sender
    {
        private bool failed;

        public override Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken)
        {
            if (failed) return Task.FromResult(Accepted(batch));
            failed = true;
            throw new InvalidOperationException("The provider is busy.", new InvalidOperationException(string.Join(' ', batch)));
        }
    }
}
