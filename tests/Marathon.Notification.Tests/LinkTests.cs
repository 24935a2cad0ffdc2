using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Notification.Tests;

/// <summary>Whoever has lost the access key gets a link by SMS, to the phone number on file and to no other.</summary>
public sealed class LinkTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private const string Beginning = "https://marathon.test/open/";

    // English, and with a number that nobody else has: the broker is shared with other tests' runners.
    private readonly Story story = new(language: "en");
    private NotificationService notification = null!;
    private HttpClient client = null!;
    private readonly EventSource others = servers.Others;

    public async Task InitializeAsync()
    {
        notification = await NotificationService.StartAsync(servers);
        client = notification.CreateClient();
        client.DefaultRequestHeaders.Add(CallerHeaders.Network, "203.0.113.0/24");
        await others.SendAsync(story.Confirmed(), 1);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 1);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await notification.DisposeAsync();
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> FindAsync(string? phoneNo)
    {
        using var answer = await client.PostAsJsonAsync("/registrations/find", new { phoneNo });
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    private async Task<JsonNode?> UseAsync(string code)
    {
        using var answer = await client.PostAsJsonAsync("/links/use", new { code });
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.NotFound]);
        return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<JsonNode>() : null;
    }

    /// <summary>The codes that went to the story's phone, when there are <paramref name="count"/>.</summary>
    private async Task<IReadOnlyList<string>> CodesAsync(int count)
    {
        IReadOnlyList<string> codes = [];
        await Eventually.TrueAsync(async () =>
        {
            codes = [.. (await notification.SentToAsync(story)).Where(text => text.Contains(Beginning, StringComparison.Ordinal)).Select(text => text.Split(Beginning)[1])];
            return codes.Count >= count;
        });
        Assert.Equal(count, codes.Count);
        return codes;
    }

    /// <summary>Every search that was made is answered.</summary>
    private Task AnsweredAsync() => Eventually.TrueAsync(async () => (await notification.Database.RowsAsync("SELECT id FROM searches")).Count == 0
        && (await notification.Database.RowsAsync("SELECT id FROM messages WHERE status = 'QUEUED' AND registration_id = $1", story.RegistrationId)).Count == 0);

    [Theory]
    [InlineData("{number}")]
    [InlineData("+82 {numberWithoutZero}")]
    [InlineData(" {digits} ")]
    public async Task Find_HoweverTheNumberIsWritten_SendsALinkThatOpensTheRegistration(string written)
    {
        var found = await FindAsync(written.Replace("{number}", story.PhoneNo, StringComparison.Ordinal).Replace("{numberWithoutZero}", story.PhoneNo[1..], StringComparison.Ordinal)
            .Replace("{digits}", story.PhoneNo.Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Accepted, found.Status);
        var code = (await CodesAsync(1)).Single();
        var opened = await UseAsync(code);
        Assert.Equal((story.RegistrationId, story.Number), ((Guid)opened!["registrationId"]!, (string?)opened["number"]));
        Assert.Equal(["link-used runner 203.0.113.0/24"], await notification.Database.RowsAsync(
            "SELECT concat_ws(' ', action, actor, network) FROM audit WHERE aggregate_id = $1", story.RegistrationId));
    }

    [Fact]
    public async Task Find_OfANumberThatNobodyHas_IsAnsweredTheSame_AndSendsNothing()
    {
        var unknown = await FindAsync("010-0000-0000");
        var known = await FindAsync(story.PhoneNo);

        Assert.Equal((known.Status, known.Body.ToJsonString()), (unknown.Status, unknown.Body.ToJsonString()));
        await CodesAsync(1);
        Assert.Empty(await notification.Database.RowsAsync("SELECT reference FROM sandbox_sms WHERE phone_no = '+821000000000'"));
    }

    [Theory]
    [InlineData(null, "필수 항목입니다")]
    [InlineData("  ", "필수 항목입니다")]
    [InlineData("call me", "전화번호 형식이 아닙니다. 010-1234-5678처럼 적어 주세요")]
    public async Task Find_WithWhatIsNoPhoneNumber_NamesTheField(string? phoneNo, string because)
    {
        var refused = await FindAsync(phoneNo);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, because), (refused.Status, (string?)refused.Body["errors"]!["phoneNo"]));
    }

    [Fact]
    public async Task Find_TooOften_SendsThreeAnHour()
    {
        for (var links = 1; links <= 3; links++)
        {
            await FindAsync(story.PhoneNo);
            await CodesAsync(links);
        }

        Assert.Equal(HttpStatusCode.Accepted, (await FindAsync(story.PhoneNo)).Status);
        await AnsweredAsync();
        await CodesAsync(3);

        // An hour later.
        await notification.Database.ExecuteAsync("UPDATE links SET made_at = made_at - interval '61 minutes'");
        await FindAsync(story.PhoneNo);
        await CodesAsync(4);
    }

    [Fact]
    public async Task Find_TooOftenInADay_SendsNoMoreToThisPhone()
    {
        await notification.Database.ExecuteAsync("INSERT INTO links (code_hash, registration_id, number, made_at) SELECT sha256(i::text::bytea), $1, 'M-0', now() - interval '23 hours' FROM generate_series(1, 10) AS i", story.RegistrationId);

        await FindAsync(story.PhoneNo);

        await AnsweredAsync();
        await CodesAsync(0);
    }

    [Fact]
    public async Task Find_WithRegistrationsThatCameToNothing_SendsTheOneThatStands()
    {
        // Whoever likes can make these with anybody's phone number, for nothing.
        foreach (var nobody in Enumerable.Range(0, 6).Select(_ => new Story(language: "en") { PhoneNo = story.PhoneNo }))
        {
            await others.SendAsync(nobody.Cancelled(wasConfirmed: false), 1);
            await notification.Database.AppliedAsync("registrations", 1, nobody.RegistrationId);
        }

        await FindAsync(story.PhoneNo);

        Assert.Equal(story.Number, (string?)(await UseAsync((await CodesAsync(1)).Single()))!["number"]);
    }

    [Fact]
    public async Task Link_ToAPhoneThatIsNotTheRunnersAnyMore_OpensNothing()
    {
        await FindAsync(story.PhoneNo);
        var code = (await CodesAsync(1)).Single();

        await others.SendAsync(story.Changed(phoneNo: "010-0000-0001"), 2);
        await notification.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        Assert.Null(await UseAsync(code));
    }

    [Fact]
    public async Task Find_ByAFamily_SendsALinkToEachRegistration()
    {
        var sister = new Story(language: "en") { Name = "Lee Runner", PhoneNo = story.PhoneNo };
        await others.SendAsync(sister.Confirmed(), 1);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 2);

        await FindAsync(story.PhoneNo);

        var opened = new List<string?>();
        foreach (var code in await CodesAsync(2)) opened.Add((string?)(await UseAsync(code))!["number"]);
        Assert.Equal(((string?[])[story.Number, sister.Number]).Order(), opened.Order());
    }

    [Fact]
    public async Task Find_ByASuppliersContact_SendsNoLinkToTheOrder()
    {
        Order alone = new(language: "en"), runsToo = new(language: "en", story.PhoneNo);
        await others.SendAsync([(alone.Inspected(), 1), (runsToo.Inspected(), 1)]);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(alone)).Count == 1 && (await notification.SentToAsync(runsToo)).Count == 2);

        await FindAsync(alone.PhoneNo);
        await FindAsync(story.PhoneNo);

        Assert.Equal(story.Number, (string?)(await UseAsync((await CodesAsync(1)).Single()))!["number"]);
        await AnsweredAsync();
        Assert.Single(await notification.SentToAsync(alone));
        Assert.Equal([story.Number], await notification.Database.RowsAsync("SELECT number FROM links"));
    }

    [Fact]
    public async Task Find_OfSomebodyErased_SendsNothing()
    {
        await others.SendAsync([(story.Cancelled(), 2), (story.Erased(), 3)]);
        await notification.Database.AppliedAsync("registrations", 3, story.RegistrationId);

        await FindAsync(story.PhoneNo);

        await AnsweredAsync();
        Assert.Empty(await notification.Database.TablesWithAsync(story.PhoneNo));
        Assert.Empty(await notification.Database.RowsAsync("SELECT number FROM links"));
    }

    [Theory]
    [InlineData("used_at = now() - interval '61 seconds'", false)]
    [InlineData("used_at = now() - interval '50 seconds'", true)]
    [InlineData("made_at = now() - interval '31 minutes'", false)]
    [InlineData("made_at = now() - interval '29 minutes'", true)]
    public async Task Link_IsGoodOnce_AndForHalfAnHour(string passed, bool opens)
    {
        await FindAsync(story.PhoneNo);
        var code = (await CodesAsync(1)).Single();
        await notification.Database.ExecuteAsync($"UPDATE links SET {passed}");

        Assert.Equal(opens, await UseAsync(code) is not null);
        Assert.Null(await UseAsync(code + "x"));
        Assert.Null(await UseAsync(""));
    }

    [Fact]
    public async Task Link_IsForThePhoneAlone_NobodyElseIsToldIt()
    {
        await FindAsync(story.PhoneNo);
        var code = (await CodesAsync(1)).Single();
        await AnsweredAsync();

        // The sandbox's table is the phone.
        Assert.Equal([$"sandbox_sms: {code}"], await notification.Database.TablesWithAsync(code));
        Assert.Equal([$"[Marathon] Kim Runner, this link opens your registration {story.Number}, once, within {ILinks.GoodFor.TotalMinutes:0} minutes: …"], await notification.Database.RowsAsync(
            "SELECT convert_from(payload, 'UTF8')::jsonb ->> 'text' FROM outbox WHERE aggregate_id = $1 AND convert_from(payload, 'UTF8')::jsonb ->> 'kind' = 'link'", story.RegistrationId));
    }

    [Fact]
    public async Task Link_ThatTheProviderHasNotTaken_IsNotShownToWhoeverReadsTheHistory()
    {
        await using var waiting = await NotificationService.StartAsync(servers, services => services.AddSingleton<ISmsSender>(new TakesNoLinks()));
        await others.SendAsync(story.Confirmed(), 1);
        await waiting.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        using var reader = waiting.CreateClient();
        using var asked = await reader.PostAsJsonAsync("/registrations/find", new { phoneNo = story.PhoneNo });
        // The text is written, and waits.
        await Eventually.TrueAsync(async () => (await waiting.Database.RowsAsync("SELECT 1 FROM messages WHERE status = 'QUEUED' AND text LIKE '%' || $1 || '%'", Beginning)).Count == 1);

        var listed = (await reader.GetFromJsonAsync<JsonNode>("/smshistories?kind=link"))!["items"]![0]!;
        var alone = (await reader.GetFromJsonAsync<JsonNode>($"/smshistories/{listed["messageId"]}"))!["message"]!;

        foreach (var shown in (JsonNode[])[listed, alone])
            Assert.Equal($"[Marathon] Kim Runner, this link opens your registration {story.Number}, once, within {ILinks.GoodFor.TotalMinutes:0} minutes: …", (string?)shown["text"]);
    }

    /// <summary>A provider that puts off every message with a link.</summary>
    private sealed class TakesNoLinks : Sender
    {
        public override Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<Guid, SendOutcome>>(batch.ToDictionary(
                sms => sms.Reference, sms => sms.Text.Contains(Beginning, StringComparison.Ordinal) ? (SendOutcome)new SendOutcome.Later("busy") : new SendOutcome.Accepted("test")));
    }
}
