using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;
using Marathon.Solapi;
using Marathon.Testing;

namespace Marathon.Notification.Tests;

/// <summary>The whole service with Solapi as its provider, as far as its documentation describes it.</summary>
public sealed class SolapiTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new(language: "en");
    private readonly Logs logs = new();
    private SolapiServer solapi = null!;
    private readonly EventSource others = servers.Others;
    private string database = "";

    public async Task InitializeAsync()
    {
        solapi = await SolapiServer.StartAsync();
        database = await servers.CreateDatabaseAsync<Program>();
    }

    public async Task DisposeAsync()
    {
        await solapi.DisposeAsync();
        logs.Dispose();
    }

    private NotificationService Start(params (string Key, string Value)[] settings) => Start(onKestrel: false, settings);

    private NotificationService Start(bool onKestrel, params (string Key, string Value)[] settings) => NotificationService.Start(servers, database, logs.Capture, "Trace", onKestrel,
    [
        ("Notification:Provider", "solapi"), ("Notification:Solapi:ApiKey", SolapiServer.ApiKey), ("Notification:Solapi:ApiSecret", SolapiServer.ApiSecret),
        ("Notification:Solapi:From", SolapiServer.From), ("Notification:Solapi:WebhookSecret", SolapiServer.WebhookSecret), ("Notification:Solapi:Endpoint", solapi.Address),
        ("Notification:QuietHours", ""), ("Notification:SendTimeout", "00:00:01"), ("Notification:AskAfter", "00:00:00.500"), ("Notification:ReportInterval", "00:00:00.200"),
        ("Notification:LongestRetryDelay", "00:00:00.300"), .. settings,
    ]);

    [Fact]
    public async Task Message_IsAccepted_ThenDelivered_AndToldSoBoth()
    {
        solapi.DeliverAfter = TimeSpan.FromSeconds(0.5);
        await using var notification = Start();

        await others.SendAsync(story.Confirmed(), 1);

        await ShownAsync(notification, story, "confirmed DELIVERED");
        var taken = Assert.Single(Taken(story));
        Assert.Equal((story.PhoneNo.Replace("-", "", StringComparison.Ordinal), SolapiServer.From, "LMS", "Marathon", null), (taken.To, taken.From, taken.Type, taken.Subject, taken.Country));
        Assert.Equal(["1 sms-accepted", "2 sms-delivered"], await notification.Database.ToldAsync(story.RegistrationId));
        foreach (var secret in (string[])[story.PhoneNo, taken.To, story.Name, SolapiServer.ApiSecret]) Assert.DoesNotContain(secret, logs.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("010-" + SolapiServer.Unreachable, "1 sms-accepted, 2 sms-failed", "undeliverable")]
    [InlineData("010-" + SolapiServer.Refused, "1 sms-failed", "refused")]
    [InlineData("010-1234", "1 sms-failed", "invalid-number")]
    public async Task Message_ThatCannotArrive_FailsWithAReason(string phoneNo, string told, string reason)
    {
        await using var notification = Start();
        var unlucky = new Story { PhoneNo = phoneNo };

        await others.SendAsync(unlucky.Confirmed(), 1);

        await ShownAsync(notification, unlucky, "confirmed FAILED");
        Assert.Equal(told, string.Join(", ", await notification.Database.ToldAsync(unlucky.RegistrationId)));
        Assert.Equal([reason], await notification.Database.RowsAsync("SELECT reason FROM messages WHERE registration_id = $1", unlucky.RegistrationId));
    }

    [Theory]
    [InlineData(SolapiFault.TimesOut, 1)]
    [InlineData(SolapiFault.FailsAfterwards, 1)]
    [InlineData(SolapiFault.Fails, 2)]
    [InlineData(SolapiFault.Limited, 2)]
    public async Task Message_WhenTheProviderFails_IsThereOnce_AndOnlyGivenAgainIfItIsNot(SolapiFault fault, int sendings)
    {
        await using var notification = Start();
        await QueuedAsync(notification, story);
        solapi.Fail(fault);
        await GoAsync(notification);

        await ShownAsync(notification, story, "confirmed DELIVERED");
        Assert.Single(Taken(story));
        Assert.Equal(sendings, solapi.Given.Count(text => text.Contains(story.Number, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Message_WhenTheDispatcherDiedBeforeItWasGiven_IsGivenOnce_AndTheAttemptIsOnRecord()
    {
        await using var notification = Start();
        await QueuedAsync(notification, story);
        // As who leases leaves it, and dies.
        await notification.Database.ExecuteAsync(
            "UPDATE messages SET attempts = 1, given_at = now(), lease = gen_random_uuid(), lease_until = now() WHERE registration_id = $1", story.RegistrationId);
        await GoAsync(notification);

        await ShownAsync(notification, story, "confirmed DELIVERED");

        Assert.Single(Taken(story));
        Assert.Equal(["1 LOST not-taken"], await notification.Database.RowsAsync(
            "SELECT concat_ws(' ', attempt, outcome, attempts.reason) FROM attempts JOIN messages ON id = message_id WHERE registration_id = $1", story.RegistrationId));
        Assert.Equal(["2"], await notification.Database.RowsAsync("SELECT attempts FROM messages WHERE registration_id = $1", story.RegistrationId));
    }

    [Fact]
    public async Task Messages_WhenOneIsWrong_AreTakenWithoutIt()
    {
        await using var notification = Start();
        var stories = Enumerable.Range(0, 5).Select(_ => new Story(language: "en")).ToArray();
        await QueuedAsync(notification, stories);
        // No message at all, for which Solapi refuses the whole request.
        await notification.Database.ExecuteAsync("UPDATE messages SET text = '' WHERE registration_id = $1", stories[2].RegistrationId);
        await GoAsync(notification);

        foreach (var each in stories) await ShownAsync(notification, each, each == stories[2] ? "confirmed FAILED" : "confirmed DELIVERED");
        Assert.All(stories, each => Assert.Equal(each == stories[2] ? 0 : 1, Taken(each).Count()));
    }

    [Fact]
    public async Task Rate_IsRespectedByAllReplicasTogether()
    {
        const int Rate = 20, Messages = 100;
        await using var notification = Start(("Notification:Rate", $"{Rate}"));
        await using var second = Start(("Notification:Rate", $"{Rate}"));
        var stories = Enumerable.Range(0, Messages).Select(_ => new Story(language: "en")).ToArray();

        await others.SendAsync(stories.Select(each => ((IntegrationEvent)each.Confirmed(), 1)));
        await Eventually.TrueAsync(() => Task.FromResult(stories.All(each => Taken(each).Any())), TimeSpan.FromSeconds(40));

        // A second's worth may have been saved up, each second's may come at either end of it, and a busy machine may be a second late with the first of them and on time with the last.
        var taken = solapi.Book.All.Select(message => message.At).Order().ToArray();
        Assert.InRange((taken[^1] - taken[0]).TotalSeconds, (taken.Length - Rate * 2.5) / Rate, 60);
    }

    [Fact]
    public async Task Webhook_WithTheSecret_SettlesWhatIsReported_AndWithoutItNothing()
    {
        solapi.DeliverAfter = TimeSpan.FromHours(1);
        await using var notification = Start();
        await others.SendAsync(story.Confirmed(), 1);
        await ShownAsync(notification, story, "confirmed ACCEPTED");
        var taken = Assert.Single(Taken(story));
        using var client = notification.CreateClient();

        Assert.Equal(HttpStatusCode.Unauthorized, await ReportAsync(client, SolapiServer.Report(taken, "4000"), "wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReportAsync(client, SolapiServer.Report(taken, "4000"), null));
        Assert.Equal(HttpStatusCode.BadRequest, await ReportAsync(client, JsonNode.Parse("{}")!, SolapiServer.WebhookSignature));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(client, SolapiServer.Report(taken with { Reference = Guid.NewGuid().ToString() }, "4000"), SolapiServer.WebhookSignature));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(client, SolapiServer.Report(taken, "3000"), SolapiServer.WebhookSignature));
        Assert.Equal(["confirmed ACCEPTED"], await notification.MessagesAsync(story));

        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(client, SolapiServer.Report(taken, "4000"), SolapiServer.WebhookSignature));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(client, SolapiServer.Report(taken, "4000"), SolapiServer.WebhookSignature));

        Assert.Equal(["confirmed DELIVERED"], await notification.MessagesAsync(story));
        Assert.Equal(["1 sms-accepted", "2 sms-delivered"], await notification.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Webhook_WithMoreThanOtherCallsMayBring_IsReadWhole()
    {
        solapi.DeliverAfter = TimeSpan.FromHours(1);
        await using var notification = Start(onKestrel: true);
        await others.SendAsync(story.Confirmed(), 1);
        await ShownAsync(notification, story, "confirmed ACCEPTED");
        var taken = Assert.Single(Taken(story));
        var reports = SolapiServer.Report(taken, "4000");
        foreach (var _ in Enumerable.Range(0, 1000)) reports.Insert(0, SolapiServer.Report(taken with { Reference = Guid.NewGuid().ToString() }, "4000")[0]!.DeepClone());
        using var client = notification.CreateClient();

        Assert.InRange(reports.ToJsonString().Length, RequestLimits.BodyBytes + 1, RequestLimits.ReportBytes);
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(client, reports, SolapiServer.WebhookSignature));

        Assert.Equal(["confirmed DELIVERED"], await notification.MessagesAsync(story));
    }

    [Fact]
    public async Task Message_AbroadGoesWithItsCountry_AndOneThatIsTooOldIsNotSent()
    {
        await using var notification = Start(("Notification:GiveUpAfter", "02:00:00"));
        var abroad = new Story(language: "en") { PhoneNo = "+1 415 555 0134" };
        await others.SendAsync(abroad.Confirmed(), 1);
        await ShownAsync(notification, abroad, "confirmed DELIVERED");
        Assert.Equal(("4155550134", "1"), (Taken(abroad).Single().To, Taken(abroad).Single().Country));

        await QueuedAsync(notification, story);
        await notification.Database.ExecuteAsync("UPDATE messages SET queued_at = now() - interval '3 hours' WHERE registration_id = $1", story.RegistrationId);
        await GoAsync(notification);

        await ShownAsync(notification, story, "confirmed FAILED");
        Assert.Equal(["too-late"], await notification.Database.RowsAsync("SELECT reason FROM messages WHERE registration_id = $1", story.RegistrationId));
        Assert.Empty(Taken(story));
    }

    [Fact]
    public async Task Find_AmongMoreThanAPage_FindsEach()
    {
        var references = Enumerable.Range(0, 1100).Select(_ => Guid.CreateVersion7()).ToArray();
        solapi.Book.Take([.. references.Select((reference, i) => new TakenMessage($"M{i:D6}", reference.ToString(), "01012345678", SolapiServer.From, null, "text", "SMS", null, DateTimeOffset.UtcNow))]);
        await using var notification = Start();
        var sender = notification.Service<ISmsSender>();

        var found = await sender.FindAsync([references[0], references[700], references[1099], Guid.CreateVersion7()], DateTimeOffset.UtcNow.AddMinutes(-1), CancellationToken.None);

        Assert.Equal(["M000000", "M000700", "M001099"], found.Values.Select(outcome => Assert.IsType<SendOutcome.Accepted>(outcome).ProviderId).Order());
    }

    /// <summary>What the provider took about a story: the broker is shared with other tests' runners.</summary>
    private IEnumerable<TakenMessage> Taken(Story of) => solapi.Book.All.Where(message => message.Text.Contains(of.Number, StringComparison.Ordinal));

    /// <summary>The confirmations wait, until <see cref="GoAsync"/>.</summary>
    private async Task QueuedAsync(NotificationService notification, params Story[] stories)
    {
        await notification.Database.ExecuteAsync("UPDATE pace SET paused_until = now() + interval '1 hour'");
        await others.SendAsync(stories.Select(each => ((IntegrationEvent)each.Confirmed(), 1)));
        await notification.Database.AppliedAsync("registrations", 1, [.. stories.Select(each => each.RegistrationId)]);
        // Whoever has leased just before has noted it, and what went wrong then is over.
        await Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT 1 FROM messages WHERE lease IS NOT NULL")).Count == 0);
        await notification.Database.ExecuteAsync("UPDATE pace SET paused_until = now() + interval '1 hour', failures = 1");
    }

    private static Task<int> GoAsync(NotificationService notification) => notification.Database.ExecuteAsync("UPDATE pace SET paused_until = NULL");

    private static Task ShownAsync(NotificationService notification, Story of, string message) =>
        Eventually.TrueAsync(async () => (await notification.MessagesAsync(of)).SequenceEqual([message]));

    private static async Task<HttpStatusCode> ReportAsync(HttpClient client, JsonNode body, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/providers/solapi/reports") { Content = JsonContent.Create(body) };
        if (secret is not null) request.Headers.Add("X-Solapi-Secret", secret);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
