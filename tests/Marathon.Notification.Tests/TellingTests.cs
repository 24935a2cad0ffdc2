using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Notification.Tests;

/// <summary>Who is told of what, in which order, and who is not; and what the organiser finds of it.</summary>
public sealed class TellingTests(Servers servers) : IClassFixture<Servers>
{
    private readonly Guid race = Guid.CreateVersion7();
    private readonly EventSource others = servers.Others;

    [Fact]
    public async Task Payment_ThatTakesLonger_IsTold_AndThenWhatCameOfIt_InThisOrder()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        Story pays = new(language: "en"), declined = new(language: "en"), expired = new(language: "en");

        await others.SendAsync(
        [
            (pays.AwaitingPayment(), 1), (pays.Confirmed(), 2), (declined.AwaitingPayment(), 1), (declined.Declined(), 2), (expired.AwaitingPayment(), 1), (expired.Expired(), 2),
        ]);
        await notification.Database.AppliedAsync("registrations", 2, pays.RegistrationId);
        await others.SendAsync([(pays.Received(), 1), (pays.Backordered(), 2)]);

        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(pays)).SequenceEqual(["payment-delayed ACCEPTED", "confirmed ACCEPTED", "back-ordered ACCEPTED"]));
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(declined)).SequenceEqual(["payment-delayed ACCEPTED", "declined ACCEPTED"]));
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(expired)).SequenceEqual(["payment-delayed ACCEPTED", "expired ACCEPTED"]));
        var sent = await notification.SentToAsync(declined);
        Assert.Equal($"[Marathon] Kim Runner, your payment for Seoul Marathon is taking longer. Your place is kept, and you will hear from us. Number {declined.Number}", sent[0]);
        Assert.StartsWith("[Marathon] Kim Runner, your payment was declined", sent[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suspension_IsToldToWhoWasRegisteredThen_Once_AlsoWhenTheyAreHeardOfLater()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var suspendedAt = new DateTimeOffset(2026, 11, 1, 1, 0, 0, TimeSpan.Zero);
        Story there = new(race), left = new(race), late = new(race), after = new(race) { ConfirmedAt = suspendedAt.AddMinutes(1) }, elsewhere = new();
        var suspended = new RaceSuspended { RaceId = race, At = suspendedAt, LiveRegistrations = 1 };

        await others.SendAsync([(there.Confirmed(), 1), (left.Confirmed(), 1), (left.Cancelled(), 2), (elsewhere.Confirmed(), 1)]);
        await notification.Database.AppliedAsync("registrations", 1, there.RegistrationId, elsewhere.RegistrationId);
        await notification.Database.AppliedAsync("registrations", 2, left.RegistrationId);
        await others.SendAsync([(Scheduled(), 1), (suspended, 2), (suspended, 2), (new RaceResumed { RaceId = race, At = suspendedAt.AddMinutes(5) }, 3)]);
        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM announcements WHERE is_told AND race_id = $1", race)).Count == 2);
        // Confirmed before, and heard of only now; and after.
        await others.SendAsync([(late.Confirmed(), 1), (after.Confirmed(), 1)]);

        foreach (var story in (Story[])[there, late])
            await Eventually.TrueAsync(async () => (await notification.MessagesAsync(story)).Order(StringComparer.Ordinal)
                .SequenceEqual(["confirmed ACCEPTED", "race-resumed ACCEPTED", "race-suspended ACCEPTED"]));
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(after)).Order(StringComparer.Ordinal).SequenceEqual(["confirmed ACCEPTED", "race-resumed ACCEPTED"]));
        Assert.Contains(await notification.SentToAsync(there), text => text.Contains("Night Run", StringComparison.Ordinal));
        Assert.Equal(["confirmed ACCEPTED"], await notification.MessagesAsync(elsewhere));
        Assert.Equal(["cancelled ACCEPTED", "confirmed ACCEPTED"], (await notification.MessagesAsync(left)).Order(StringComparer.Ordinal));
    }

    /// <summary>As a database hears them that was lost and is made anew.</summary>
    [Fact]
    public async Task Facts_HeardOfWhenTheyAreNoNewsAnyMore_AreNotSent()
    {
        await using var notification = await NotificationService.StartAsync(servers, settings: ("Notification:StaleAfter", "7.00:00:00"));
        var now = DateTimeOffset.UtcNow;
        Story old = new(race) { ConfirmedAt = now.AddDays(-10) }, recent = new();
        await others.SendAsync([(Scheduled(), 1), (new RaceSuspended { RaceId = race, At = now.AddDays(-9), LiveRegistrations = 1 }, 2)], occurredAt: now.AddDays(-9));

        await others.SendAsync([(old.Confirmed(), 1), (old.Received(), 1), (old.Dispatched(), 2)], occurredAt: now.AddDays(-8));
        await others.SendAsync([(recent.Confirmed(), 1)], occurredAt: now.AddDays(-6));

        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(recent)).SequenceEqual(["confirmed ACCEPTED"]));
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(old)).Order(StringComparer.Ordinal).SequenceEqual(["confirmed FAILED", "dispatched FAILED", "race-suspended FAILED"]));
        Assert.Equal(["too-late"], await notification.Database.RowsAsync("SELECT DISTINCT reason FROM messages WHERE registration_id = $1", old.RegistrationId));
        Assert.Empty(await notification.SentToAsync(old));
    }

    [Fact]
    public async Task Move_IsToldToWhoWasRegisteredThen_Once_WithTheNewDayAndPlace_AlsoToWhoWantsOnlyWhatIsNecessary()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var movedAt = new DateTimeOffset(2026, 11, 1, 1, 0, 0, TimeSpan.Zero);
        Story korean = new(race), english = new(race, "en"), late = new(race), left = new(race), after = new(race) { ConfirmedAt = movedAt.AddMinutes(10) };
        var quiet = korean.Changed() with { Runner = korean.Changed().Runner with { WantsAllMessages = false } };
        await others.SendAsync([(korean.Confirmed(), 1), (quiet, 2), (english.Confirmed(), 1), (left.Confirmed(), 1), (left.Cancelled(), 2)]);
        await notification.Database.AppliedAsync("registrations", 2, korean.RegistrationId, left.RegistrationId);
        await notification.Database.AppliedAsync("registrations", 1, english.RegistrationId);

        var elsewhere = Changed(movedAt) with { Place = "Jeju", IsMoved = true };
        var later = elsewhere with { At = movedAt.AddMinutes(5), Date = new DateOnly(2027, 5, 27) };
        // What is changed but for the day and the place moves nobody.
        await others.SendAsync([(Scheduled(), 1), (Changed(movedAt), 2), (elsewhere, 3), (elsewhere, 3), (elsewhere with { At = movedAt.AddMinutes(1), Currency = "JPY", IsMoved = false }, 4), (later, 5)]);
        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM announcements WHERE is_told AND race_id = $1", race)).Count == 2);
        // Confirmed before, and heard of only now; and after.
        await others.SendAsync([(late.Confirmed(), 1), (after.Confirmed(), 1)]);

        foreach (var story in (Story[])[korean, english, late])
            await Eventually.TrueAsync(async () => (await notification.MessagesAsync(story)).SequenceEqual(["confirmed ACCEPTED", "race-moved ACCEPTED", "race-moved ACCEPTED"]));
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(after)).SequenceEqual(["confirmed ACCEPTED"]));
        Assert.Equal(["confirmed ACCEPTED", "cancelled ACCEPTED"], await notification.MessagesAsync(left));
        foreach (var story in (Story[])[korean, late])
            Assert.Equal(
            [
                $"[마라톤] Kim Runner님, Night Run의 대회일 또는 장소가 변경되었습니다. 대회일 2027-05-20, 장소 Jeju. 기존 접수는 그대로 유효합니다. 접수번호 {story.Number}",
                $"[마라톤] Kim Runner님, Night Run의 대회일 또는 장소가 변경되었습니다. 대회일 2027-05-27, 장소 Jeju. 기존 접수는 그대로 유효합니다. 접수번호 {story.Number}",
            ], (await notification.SentToAsync(story)).Skip(1));
        Assert.Equal(
        [
            $"[Marathon] Kim Runner, Night Run has been moved to 2027-05-20, Jeju. Your registration stays valid. Number {english.Number}",
            $"[Marathon] Kim Runner, Night Run has been moved to 2027-05-27, Jeju. Your registration stays valid. Number {english.Number}",
        ], (await notification.SentToAsync(english)).Skip(1));
    }

    [Fact]
    public async Task Runner_WhoWantsOnlyWhatIsNecessary_GetsNothingElse()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var story = new Story();
        var quiet = story.Changed() with { Runner = story.Changed().Runner with { WantsAllMessages = false } };

        await others.SendAsync([(story.Confirmed(), 1), (quiet, 2)]);
        await notification.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        await others.SendAsync([(story.Received(), 1), (story.Backordered(), 2), (story.Dispatched(), 3), (story.Delivered(), 4)]);

        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(story)).SequenceEqual(
            ["confirmed ACCEPTED", "back-ordered UNWANTED", "dispatched ACCEPTED", "delivered UNWANTED"]));
        Assert.Equal(2, (await notification.SentToAsync(story)).Count);
    }

    [Fact]
    public async Task QuietHours_LeaveWhatCanWaitForTheMorning_AndNothingElseWaitsForIt()
    {
        // All day long.
        await using var notification = await NotificationService.StartAsync(servers, settings: ("Notification:QuietHours", "00:01-00:00"));
        var story = new Story();
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2)]);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 2);
        await others.SendAsync([(story.Paid(), 1), (story.Refunded(), 2)]);
        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM messages WHERE deferred AND due_at > now() AND registration_id = $1", story.RegistrationId)).Count == 1);

        // The morning comes: of another kind, since it is never over here.
        await notification.Database.ExecuteAsync("UPDATE messages SET due_at = now() - interval '1 second', kind = 'declined', text = 'morning' WHERE deferred AND registration_id = $1", story.RegistrationId);

        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 3);
    }

    [Fact]
    public async Task Sandbox_HoweverItMisbehaves_HasEachMessageOnce_AndEachRunnersInOrder()
    {
        await using var notification = await NotificationService.StartAsync(servers, settings:
        [
            ("Notification:Sandbox:FailRate", "0.2"), ("Notification:Sandbox:LimitRate", "0.1"), ("Notification:Sandbox:TimeoutRate", "0.2"), ("Notification:BatchSize", "7"),
            ("Notification:SendTimeout", "00:00:00.300"), ("Notification:AskAfter", "00:00:00.200"), ("Notification:LongestRetryDelay", "00:00:00.200"),
            ("Notification:Sandbox:DeliverAfter", "00:00:00.100"), ("Notification:ReportInterval", "00:00:00.100"),
        ]);
        var stories = Enumerable.Range(0, 25).Select(_ => new Story()).ToArray();

        var ids = stories.Select(story => story.RegistrationId).ToArray();

        await others.SendAsync(stories.SelectMany(story => new (IntegrationEvent, int)[] { (story.AwaitingPayment(), 1), (story.Confirmed(), 2), (story.Cancelled(), 3) }));

        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM messages WHERE status = 'DELIVERED' AND registration_id = ANY ($1)", ids)).Count == 75, TimeSpan.FromSeconds(60));
        Assert.Equal(["75"], await notification.Database.RowsAsync("SELECT count(*) FROM sandbox_sms JOIN messages ON id = reference WHERE registration_id = ANY ($1)", ids));
        Assert.Empty(await notification.Database.RowsAsync("""
            SELECT id FROM (SELECT id, taken_at, lag(taken_at) OVER (PARTITION BY registration_id ORDER BY seq) AS before FROM messages JOIN sandbox_sms ON reference = id) AS sent WHERE before > taken_at
            """));
        Assert.NotEmpty(await notification.Database.RowsAsync("SELECT outcome FROM attempts"));
    }

    [Fact]
    public async Task History_IsFoundByWhatPeopleKnow_WithEveryAttempt()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var tag = race.ToString("N")[^6..];
        Story story = new(race) { Name = $"Hong Gildong {tag}" }, other = new();
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2), (other.Confirmed(), 1)]);
        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM messages WHERE status = 'ACCEPTED' AND registration_id = ANY ($1)", new[] { story.RegistrationId, other.RegistrationId })).Count == 3);
        await notification.Database.ExecuteAsync("INSERT INTO attempts SELECT id, 1, now(), 'LATER', 'provider-away' FROM messages WHERE kind = 'cancelled' AND registration_id = $1", story.RegistrationId);
        await notification.Database.ExecuteAsync("UPDATE messages SET attempts = 2 WHERE kind = 'cancelled' AND registration_id = $1", story.RegistrationId);
        using var client = notification.CreateClient();

        foreach (var query in (string[])[$"number={story.TypedNumber}", $"q=gildong {tag}", $"q={story.PhoneNo.Replace("-", "", StringComparison.Ordinal)}", $"q={story.TypedNumber}", $"raceId={race}"])
        {
            var list = (await client.GetFromJsonAsync<JsonNode>("/smshistories?" + query))!;
            Assert.Equal(["cancelled", "confirmed"], list["items"]!.AsArray().Select(item => (string)item!["kind"]!));
            Assert.Equal(2, (int)list["total"]!);
        }
        Assert.Equal(2, (int)(await client.GetFromJsonAsync<JsonNode>($"/smshistories?raceId={race}&status=ACCEPTED&size=1"))!["total"]!);
        Assert.Equal(0, (int)(await client.GetFromJsonAsync<JsonNode>($"/smshistories?raceId={race}&status=FAILED"))!["total"]!);
        Assert.Equal(1, (int)(await client.GetFromJsonAsync<JsonNode>($"/smshistories?raceId={race}&kind=cancelled"))!["total"]!);

        var id = (await notification.Database.RowsAsync("SELECT id FROM messages WHERE kind = 'cancelled' AND registration_id = $1", story.RegistrationId))[0];
        var one = (await client.GetFromJsonAsync<JsonNode>($"/smshistories/{id}"))!;
        Assert.Equal(["1 LATER provider-away", "2 ACCEPTED "], one["attempts"]!.AsArray().Select(attempt => $"{attempt!["attempt"]} {attempt["outcome"]} {attempt["reason"]}"));

        using var unknown = await client.GetAsync($"/smshistories/{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var wrong = await client.GetAsync("/smshistories?status=LOST&kind=spam&size=501");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Equal(["kind", "size", "status"], (await wrong.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsObject().Select(error => error.Key).Order());
    }

    private RaceScheduled Scheduled() =>
        new() { RaceId = race, At = DateTimeOffset.UtcNow, Name = "Night Run", Place = "Busan", Date = new DateOnly(2027, 5, 20), Divisions = [] };

    /// <summary>Something else than the day and the place.</summary>
    private RaceChanged Changed(DateTimeOffset at) => new()
    {
        RaceId = race, At = at, Name = "Night Run", Place = "Busan", Date = new DateOnly(2027, 5, 20), Divisions = [], OpensAt = at, ClosesAt = at, Currency = "KRW",
    };
}
