using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marathon.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marathon.Fulfilment.Tests;

/// <summary>A runner at the desk. Registration is played by a server that says what the test wants it to.</summary>
public sealed class CheckInTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story story = new();
    private readonly List<(string? Number, string? AccessKey)> asked = [];
    private Func<string?, Task<(int Status, object? Body)>> answers = null!;
    private WebApplication registration = null!;
    private readonly EventSource source = servers.Others;
    private FulfilmentService fulfilment = null!;

    public async Task InitializeAsync()
    {
        answers = accessKey => Task.FromResult(accessKey is null || accessKey == story.AccessKey
            ? (200, (object?)new { registrationId = story.RegistrationId, status = "REGISTERED" })
            : (404, null));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        registration = builder.Build();
        registration.Urls.Add("http://127.0.0.1:0");
        registration.MapPost("/standings", async (JsonNode body, HttpContext http) =>
        {
            var (number, key) = ((string?)body["number"], (string?)body["accessKey"]);
            lock (asked) asked.Add((number, key));
            var (status, answer) = await answers(key).WaitAsync(http.RequestAborted);
            return answer is null ? Results.StatusCode(status) : Results.Json(answer, statusCode: status);
        });
        await registration.StartAsync();
        // A machine that runs other tests, too, may be late with the first answer of a process; what is to be late here is so for ever.
        fulfilment = await FulfilmentService.StartAsync(servers, settings:
        [
            ("services:registration:http:0", registration.Urls.Single()), ("Resilience:AttemptTimeout", "2500"), ("Resilience:TotalTimeout", "6000"),
        ]);
    }

    public async Task DisposeAsync()
    {
        await fulfilment.DisposeAsync();
        await registration.DisposeAsync();
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> CheckInAsync(string? role = null, string? accessKey = null, string? number = null) =>
        fulfilment.SendAsync(HttpMethod.Post, $"/registermasters/{number ?? story.Number}/check-in", role: role, accessKey: accessKey);

    private async Task NobodyIsCheckedInAsync()
    {
        Assert.Empty(await fulfilment.Database.RowsAsync("SELECT 1 FROM register_masters WHERE checked_in_at IS NOT NULL"));
        Assert.DoesNotContain(await fulfilment.Database.ToldAsync(story.RegistrationId), told => told.EndsWith("runner-checked-in", StringComparison.Ordinal));
    }

    private static string? Code(JsonElement body) => body.GetProperty("code").GetString();

    [Theory]
    [InlineData("crew", "kim")]
    [InlineData("organiser", "kim")]
    [InlineData(null, "runner")]
    public async Task CheckIn_ByTheCrewOrTheRunner_IsDoneOnceAndTold(string? role, string by)
    {
        await fulfilment.ConfirmAsync(source, "RECEIVED", story);

        var (status, done) = await CheckInAsync(role, role is null ? story.AccessKey : null, story.TypedNumber);
        var (again, already) = await CheckInAsync(role, role is null ? story.AccessKey : null);

        Assert.Equal((HttpStatusCode.OK, 1, "CHECKED_IN"), (status, done.GetProperty("bib").GetInt32(), done.GetProperty("status").GetString()));
        Assert.Equal((HttpStatusCode.Conflict, "already-checked-in", 1), (again, Code(already), already.GetProperty("bib").GetInt32()));
        Assert.Equal((story.Number, role is null ? story.AccessKey : null), asked[0]);
        Assert.Equal([by], await fulfilment.Database.RowsAsync("SELECT checked_in_by FROM register_masters WHERE registration_id = $1", story.RegistrationId));
        Assert.Equal(["1 register-master-received", "2 runner-checked-in"], await fulfilment.Database.ToldAsync(story.RegistrationId));
        await fulfilment.AssertBooksAsync();
    }

    [Fact]
    public async Task CheckIn_ByManyAtOnce_IsDoneOnce()
    {
        await fulfilment.ConfirmAsync(source, "RECEIVED", story);
        // All are answered at the same moment.
        var (together, asking) = (new TaskCompletionSource(), 0);
        answers = async _ =>
        {
            if (Interlocked.Increment(ref asking) == 8) together.SetResult();
            await together.Task;
            return (200, new { registrationId = story.RegistrationId, status = "REGISTERED" });
        };

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CheckInAsync("crew")));

        Assert.Equal([HttpStatusCode.OK, .. Enumerable.Repeat(HttpStatusCode.Conflict, 7)], all.Select(answer => answer.Status).Order());
        Assert.Equal(["1 register-master-received", "2 runner-checked-in"], await fulfilment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task CheckIn_BySomebodyElse_IsNotFound()
    {
        await fulfilment.ConfirmAsync(source, "RECEIVED", story);

        Assert.Equal(HttpStatusCode.NotFound, (await CheckInAsync()).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await CheckInAsync("auditor")).Status);
        Assert.Empty(asked);
        Assert.Equal(HttpStatusCode.NotFound, (await CheckInAsync(accessKey: "not the key")).Status);
        await NobodyIsCheckedInAsync();
    }

    [Fact]
    public async Task CheckIn_WhenRegistrationSaysItHasEnded_IsRefusedThoughTheRollDoesNotKnowYet()
    {
        await fulfilment.ConfirmAsync(source, "RECEIVED", story);
        answers = _ => Task.FromResult((200, (object?)new { registrationId = story.RegistrationId, status = "CANCELLED" }));

        var (status, body) = await CheckInAsync("crew");

        Assert.Equal((HttpStatusCode.Conflict, "not-registered"), (status, Code(body)));
        await NobodyIsCheckedInAsync();
    }

    [Fact]
    public async Task CheckIn_WhenItIsNotPaidForYet_SaysSo()
    {
        answers = _ => Task.FromResult((200, (object?)new { registrationId = story.RegistrationId, status = "HELD" }));

        var (status, body) = await CheckInAsync("crew");

        Assert.Equal((HttpStatusCode.Conflict, "payment-pending"), (status, Code(body)));
    }

    [Fact]
    public async Task CheckIn_WhenTheRollKnowsThatItHasEnded_IsRefused()
    {
        await source.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2)]);
        await fulfilment.BecomesAsync(story, "CANCELLED");

        var (status, body) = await CheckInAsync("crew");

        Assert.Equal((HttpStatusCode.Conflict, "not-registered"), (status, Code(body)));
        await NobodyIsCheckedInAsync();
    }

    [Fact]
    public async Task CheckIn_WhenItHasNotComeOntoTheRollYet_IsToBeTriedAgain()
    {
        var (status, body) = await CheckInAsync("crew");

        Assert.Equal((HttpStatusCode.Conflict, "not-yet-on-roll"), (status, Code(body)));
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("failing")]
    [InlineData("gone")]
    public async Task CheckIn_WhenRegistrationCannotBeAsked_SaysSoAndChecksNobodyIn(string how)
    {
        await fulfilment.ConfirmAsync(source, "RECEIVED", story);
        answers = _ => how == "silent" ? new TaskCompletionSource<(int, object?)>().Task : Task.FromResult((500, (object?)null));
        if (how == "gone") await registration.StopAsync();

        var (status, body) = await CheckInAsync("crew");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "registration-unavailable"), (status, Code(body)));
        await NobodyIsCheckedInAsync();
    }
}
