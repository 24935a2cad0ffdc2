using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marathon.Contracts;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>A service without a broker, for a whole class of tests: what it hears, they hand to it. What a handler does first is theirs to say.</summary>
public sealed class PartyWithoutBroker(Servers servers) : IAsyncLifetime
{
    private Party? party;

    internal Party Party => party!;

    internal Func<int, Task> Before { get; set; } = _ => Task.CompletedTask;

    public async Task InitializeAsync() => party = await Party.StartAsync(
        Samples.Name(), await servers.CreateDatabaseAsync(), "127.0.0.1:1", listens: false,
        configure: builder => builder.Services.AddSingleton(new Before((_, version, _) => Before(version))),
        on: handlers => handlers.On<GoodsDelivered, Note<GoodsDelivered>>());

    public async Task DisposeAsync() => await Party.DisposeAsync();
}

/// <summary>What an operator sees of the events that failed, and can do about them. The second event of every thing is poisonous until mended.</summary>
[Collection(nameof(Servers))]
public sealed class DeadLetterTests(PartyWithoutBroker service) : IClassFixture<PartyWithoutBroker>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Party party = service.Party;
    private volatile string? problem = "bad luck";
    private Func<Task> pause = () => Task.CompletedTask;

    public Task InitializeAsync()
    {
        service.Before = async version =>
        {
            if (version == 2 && problem is { } reason) throw new InvalidOperationException(reason);
            await pause();
        };
        return party.Database.ExecuteAsync("TRUNCATE parked_events, inbox, heard");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private Task HearAsync(Guid thing, params IEnumerable<int> versions) =>
        party.ApplyAsync([.. versions.Select(version => Samples.Heard(Samples.Delivered(thing), version))]);

    private async Task<long> LetterAsync(Guid thing, int version = 2) =>
        long.Parse(Assert.Single(await party.Database.RowsAsync("SELECT id FROM parked_events WHERE aggregate_id = $1 AND version = $2", thing, version)), null);

    private async Task<(int Status, string? Code, string? Detail)> PostAsync(long letter, string command)
    {
        using var answer = await party.Client.PostAsync($"/deadletters/{letter}/{command}", null).WaitAsync(Patience);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode
            ? ((int)answer.StatusCode, body.GetProperty("outcome").GetString(), null)
            : ((int)answer.StatusCode, body.GetProperty("code").GetString(), body.GetProperty("detail").GetString());
    }

    private async Task<JsonElement> GetAsync(string query) => await party.Client.GetFromJsonAsync<JsonElement>("/deadletters" + query);

    private Task MalformedAsync(int count = 1) => party.Service<EventApplier>().ApplyAsync(
        new Batch([], [.. Enumerable.Range(0, count).Select(place => new MalformedMessage("", "deliveries", "", [1, 2], $"malformed {place}"))], [], []), CancellationToken.None);

    [Fact]
    public async Task List_ShowsTheLatestFirst_ByStateAndPage()
    {
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await HearAsync(one, 1, 2, 3);
        await HearAsync(other, 1, 2);
        await MalformedAsync(3);
        Assert.Equal(200, (await PostAsync(await LetterAsync(other), "drop")).Status);

        var all = await GetAsync("");
        Assert.Equal(5, all.GetProperty("total").GetInt64());
        Assert.Equal((1, 50), (all.GetProperty("page").GetInt32(), all.GetProperty("size").GetInt32()));
        var ids = all.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("id").GetInt64()).ToList();
        Assert.Equal(ids.OrderDescending(), ids);
        Assert.DoesNotContain("payload", all.GetRawText(), StringComparison.Ordinal);

        await AssertStatesAsync("?state=failed", 1, "failed");
        await AssertStatesAsync("?state=waiting", 1, "waiting");
        await AssertStatesAsync("?state=malformed", 3, "malformed", "malformed", "malformed");
        await AssertStatesAsync("?state=dropped", 1, "dropped");
        await AssertStatesAsync("?state=malformed&size=2&page=2", 3, "malformed");
        await AssertStatesAsync("?state=malformed&size=2&page=3", 3);

        async Task AssertStatesAsync(string query, int total, params string[] states)
        {
            var found = await GetAsync(query);
            Assert.Equal(total, found.GetProperty("total").GetInt64());
            Assert.Equal(states, found.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("state").GetString()));
        }
    }

    [Theory]
    [InlineData("?state=lost", "state")]
    [InlineData("?state=", "state")]
    [InlineData("?page=0", "page")]
    [InlineData("?page=1000001", "page")]
    [InlineData("?size=0", "size")]
    [InlineData("?size=501", "size")]
    [InlineData("?size=-1&page=-1&state=x", "page,size,state")]
    public async Task List_WhenTheQueryIsWrong_NamesTheFields(string query, string fields)
    {
        using var answer = await party.Client.GetAsync("/deadletters" + query);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors");
        Assert.Equal(fields, string.Join(',', errors.EnumerateObject().Select(error => error.Name).Order()));
    }

    [Fact]
    public async Task Find_ShowsWhatHappenedAndWhy_AndAnUnknownOneIsNotFound()
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 1, 2);

        var letter = await GetAsync($"/{await LetterAsync(thing)}");

        Assert.Equal(("failed", "tests", "deliveries", thing, 2, "marathon.deliveries.goods-delivered.v1"), (
            letter.GetProperty("state").GetString(), letter.GetProperty("source").GetString(), letter.GetProperty("stream").GetString(),
            letter.GetProperty("aggregateId").GetGuid(), letter.GetProperty("version").GetInt32(), letter.GetProperty("type").GetString()));
        Assert.Contains("bad luck", letter.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(thing, JsonDocument.Parse(letter.GetProperty("payload").GetString()!).RootElement.GetProperty("registrationId").GetGuid());
        using var unknown = await party.Client.GetAsync("/deadletters/987654321");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal((404, "not-found"), (await PostAsync(987654321, "replay")) is var replay ? (replay.Status, replay.Code) : default);
        Assert.Equal((404, "not-found"), (await PostAsync(987654321, "drop")) is var drop ? (drop.Status, drop.Code) : default);
    }

    [Fact]
    public async Task Replay_WhenTheCauseIsMended_AppliesItAndWhatWaitedForIt()
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 1, 2, 3, 4, 6);
        var letter = await LetterAsync(thing);

        problem = null;
        Assert.Equal((200, "done", null), await PostAsync(letter, "replay"));

        await party.HeardAsync(4, thing);
        Assert.Equal(["6 waiting"], await party.ParkedAsync());
        Assert.Equal(404, (await PostAsync(letter, "replay")).Status);
    }

    [Fact]
    public async Task Replay_WhenItFailsAgain_SaysWhy()
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 1, 2, 3);
        var letter = await LetterAsync(thing);

        problem = "worse luck";
        var answer = await PostAsync(letter, "replay");

        Assert.Equal((409, "failed-again"), (answer.Status, answer.Code));
        Assert.Contains("worse luck", answer.Detail, StringComparison.Ordinal);
        Assert.Contains("worse luck", (await GetAsync($"/{letter}")).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(["2 failed", "3 waiting"], await party.ParkedAsync());
        await party.HeardAsync(1, thing);
    }

    [Fact]
    public async Task Drop_LetsWhatWaitedGoOn_AndKeepsTheRecord()
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 1, 2, 3, 4);
        var letter = await LetterAsync(thing);

        Assert.Equal((200, "done", null), await PostAsync(letter, "drop"));

        Assert.Equal([1, 3, 4], (await party.HeardAsync())[thing]);
        Assert.Equal(["2 dropped"], await party.ParkedAsync());
        Assert.Equal("dropped", (await GetAsync($"/{letter}")).GetProperty("state").GetString());
        // It stays dropped: for him who says so twice, for him who changes his mind, and when it comes once more.
        problem = null;
        Assert.Equal(200, (await PostAsync(letter, "drop")).Status);
        Assert.Equal("not-a-dead-letter", (await PostAsync(letter, "replay")).Code);
        await HearAsync(thing, 2, 5);
        Assert.Equal([1, 3, 4, 5], (await party.HeardAsync())[thing]);
        Assert.Equal(["2 dropped"], await party.ParkedAsync());
    }

    [Fact]
    public async Task Command_WhenItIsNoDeadLetter_IsRefused()
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 3);
        await MalformedAsync();
        var (waiting, malformed) = (await LetterAsync(thing, 3), long.Parse((await party.Database.RowsAsync("SELECT id FROM parked_events WHERE state = 'malformed'"))[0], null));

        foreach (var command in new[] { "replay", "drop" })
        {
            var answer = await PostAsync(waiting, command);
            Assert.Equal((409, "not-a-dead-letter"), (answer.Status, answer.Code));
        }
        Assert.Equal(409, (await PostAsync(malformed, "replay")).Status);
        Assert.Equal(["waiting", "malformed"], await party.Database.RowsAsync("SELECT state FROM parked_events ORDER BY id"));
        Assert.Equal(200, (await PostAsync(malformed, "drop")).Status);
        Assert.Equal(["dropped"], await party.Database.RowsAsync("SELECT state FROM parked_events WHERE id = $1", malformed));
    }

    [Theory]
    [InlineData("replay", "replay")]
    [InlineData("drop", "drop")]
    [InlineData("replay", "drop")]
    public async Task Commands_OfTwoOperatorsAtOnce_ApplyOnce(string one, string other)
    {
        for (var round = 0; round < 10; round++)
        {
            var thing = Guid.CreateVersion7();
            problem = "bad luck";
            await HearAsync(thing, 1, 2, 3);
            var letter = await LetterAsync(thing);

            problem = null;
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(place => PostAsync(letter, place % 2 == 0 ? one : other)));

            // Who comes after a replay finds nothing, who comes after a drop finds it dropped.
            Assert.All(answers, answer => Assert.True(answer.Status is 200 || (one == "replay" && answer.Status is 404) || (one != other && answer.Status is 409), answer.Detail));
            Assert.Contains(answers, answer => answer.Status == 200);
            if (other == "replay") Assert.Single(answers, answer => answer.Status == 200);
            var isDropped = await party.Database.RowsAsync("SELECT state FROM parked_events WHERE id = $1", letter) is ["dropped"];
            Assert.Equal(isDropped ? [1, 3] : [1, 2, 3], (await party.HeardAsync())[thing]);
        }
    }

    [Theory]
    [InlineData("replay")]
    [InlineData("drop")]
    public async Task Command_WhileAConsumerAppliesTheSame_AppliesOnce(string command)
    {
        var thing = Guid.CreateVersion7();
        await HearAsync(thing, 1, 2);
        var letter = await LetterAsync(thing);
        problem = null;

        // The consumer is in the middle of it …
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        pause = () =>
        {
            reached.TrySetResult();
            return goOn.Task;
        };
        var consuming = HearAsync(thing, 2, 3);
        await reached.Task.WaitAsync(Patience);
        // … when the operator comes, and waits for it.
        var commanding = PostAsync(letter, command);
        await Eventually.TrueAsync(async () => await party.Database.RowsAsync(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") is ["1"], because: "nobody waits");
        goOn.SetResult();

        await consuming.WaitAsync(Patience);
        Assert.Equal(404, (await commanding).Status);
        await party.HeardAsync(3, thing);
        Assert.Empty(await party.ParkedAsync());
    }

    [Theory]
    [InlineData("replay")]
    [InlineData("drop")]
    public async Task Command_WhenItWasAppliedAlready_PutsTheLetterAway(string command)
    {
        var thing = Guid.CreateVersion7();
        problem = null;
        await HearAsync(thing, 1, 2, 3);
        // One consumer failed while another succeeded.
        await party.Database.ExecuteAsync("""
            INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, occurred_at)
            VALUES ('failed', 'tests', 'deliveries', $1, 2, 'marathon.deliveries.goods-delivered.v1', '{}', now())
            """, thing);

        Assert.Equal((200, "done", null), await PostAsync(await LetterAsync(thing), command));

        Assert.DoesNotContain("2 failed", await party.ParkedAsync());
        await party.HeardAsync(3, thing);
    }
}
