using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class ReplayTests(Servers servers, PartyWithoutBroker cutOff) : IClassFixture<PartyWithoutBroker>
{
    private const string NoBroker = "127.0.0.1:1";
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private async Task<Party> StartAsync(string? kafka = null, string? database = null, string? name = null, params (string, string)[] settings) =>
        await Party.StartAsync(name ?? Samples.Name(), database ?? await servers.CreateDatabaseAsync(), kafka ?? servers.Kafka, listens: false, settings: settings);

    private static async Task RequestAsync(Party party, ReplayRange range)
    {
        await using var work = await party.Outbox.BeginAsync(CancellationToken.None);
        await Replays.RequestAsync(work, range, "a test", CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
    }

    private static Task DoneAsync(Party party) => Eventually.TrueAsync(
        async () => await party.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE finished_at IS NULL") is ["0"], because: "the replay goes on for ever");

    private static async Task<Guid[]> TellAsync(Party party, int things, int each)
    {
        var ids = Enumerable.Range(0, things).Select(_ => Guid.CreateVersion7()).ToArray();
        for (var version = 1; version <= each; version++) await party.TellAsync(ids.Select(id => (Samples.Paid(id), version)));
        await party.SentAsync();
        return ids;
    }

    [Fact]
    public async Task Replay_OfARange_SendsWhatIsInItAgain_InOrder_AndNothingElse()
    {
        await using var teller = await StartAsync();
        using var broker = new Broker(servers.Kafka);
        // Both shards, two streams, three hours.
        var (one, other) = (Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray(), Guid.CreateVersion7());
        for (var hour = 0; hour < 3; hour++)
        {
            await using var work = await new Outbox(teller.Database, teller.Service<OutboxSignal>(), new StoppedClock(Noon.AddHours(hour))).BeginAsync(CancellationToken.None);
            foreach (var thing in one.Append(other)) work.Publish(Samples.Paid(thing), hour + 1);
            work.Publish(Samples.Accepted(other), hour + 1);
            await work.CommitAsync(CancellationToken.None);
        }
        await teller.SentAsync();
        var (payments, messages) = (one.Append(other).ToDictionary(thing => thing, _ => new List<int> { 1, 2, 3 }), new List<int> { 1, 2, 3 });
        await CheckAsync();

        await AgainAsync(new ReplayRange());
        payments.Values.ToList().ForEach(versions => versions.AddRange([1, 2, 3]));
        messages.AddRange([1, 2, 3]);
        await CheckAsync();

        await AgainAsync(new ReplayRange(Stream: "notifications"));
        messages.AddRange([1, 2, 3]);
        await CheckAsync();

        await AgainAsync(new ReplayRange(AggregateIds: [other]));
        payments[other].AddRange([1, 2, 3]);
        messages.AddRange([1, 2, 3]);
        await CheckAsync();

        await AgainAsync(new ReplayRange("payments", [one[0], one[1]], Noon.AddHours(1), Noon.AddHours(1.5)));
        payments[one[0]].Add(2);
        payments[one[1]].Add(2);
        await CheckAsync();

        // Both ends belong to it.
        await AgainAsync(new ReplayRange(Stream: "payments", Since: Noon.AddHours(1), Until: Noon.AddHours(2)));
        payments.Values.ToList().ForEach(versions => versions.AddRange([2, 3]));
        await AgainAsync(new ReplayRange(Until: Noon.AddTicks(-10)));
        await CheckAsync();

        async Task AgainAsync(ReplayRange range)
        {
            await RequestAsync(teller, range);
            await DoneAsync(teller);
        }

        Task CheckAsync()
        {
            var (paid, told) = (broker.Sent("payments", teller.Name), broker.Sent("notifications", teller.Name));
            Assert.All(payments, thing => Assert.Equal(thing.Value, paid[thing.Key]));
            Assert.Equal(messages, told[other]);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Replay_WhenItsRelayDies_IsTakenUpWhereItWas()
    {
        const int Batch = 7, Things = 30, Each = 20;
        var (name, database) = (Samples.Name(), await servers.CreateDatabaseAsync());
        Guid[] things;
        await using (var first = await StartAsync(null, database, name, ("Messaging:ReplayBatch", $"{Batch}")))
        {
            things = await TellAsync(first, Things, Each);
            await RequestAsync(first, new ReplayRange());
            await Eventually.TrueAsync(async () => await first.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE sent > 2 * $1", Batch) is ["2"]);
        }

        await using var second = await StartAsync(null, database, name);
        Assert.Contains("", await second.Database.RowsAsync("SELECT finished_at FROM outbox_replays WHERE sent < 10000"));
        await DoneAsync(second);

        Assert.Equal([$"{Things * Each}"], await second.Database.RowsAsync("SELECT sum(sent) FROM outbox_replays"));
        using var broker = new Broker(servers.Kafka);
        var sent = broker.Sent("payments", name);
        // What was sent and not yet noted when the first died is sent again: a part of each shard at most.
        Assert.InRange(things.Sum(thing => sent[thing].Count()), 2 * Things * Each, 2 * Things * Each + 2 * Batch);
        Assert.All(things, thing => Assert.Equal(Enumerable.Range(1, Each), sent[thing].Skip(Each).Distinct()));
    }

    [Fact]
    public async Task Event_WhenToldDuringALongReplay_DoesNotWaitForItsEnd()
    {
        await using var teller = await StartAsync(null, null, null, ("Messaging:ReplayBatch", "1"));
        await TellAsync(teller, things: 100, each: 10);
        await using var listener = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: true);
        await RequestAsync(teller, new ReplayRange());
        await Eventually.TrueAsync(async () => await teller.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE sent > 0") is ["2"]);

        var things = Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var thing in things) await teller.TellAsync(thing);

        await listener.HeardAsync(1, things);
        Assert.Equal(["2"], await teller.Database.RowsAsync("SELECT count(*) FROM outbox_replays WHERE finished_at IS NULL AND reason = 'a test'"));
    }

    [Fact]
    public async Task Request_WhenAnOpenOneCoversIt_IsNotNotedAgain()
    {
        // Without a broker none is begun.
        await using var teller = await StartAsync(NoBroker);
        await Eventually.TrueAsync(async () => await teller.Database.RowsAsync("SELECT count(*) FROM outbox_cursor") is ["2"]);
        var (one, other, third) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());

        await AssertNotedAsync(2, new ReplayRange("payments", [one, other], Noon));
        await AssertNotedAsync(0, new ReplayRange("payments", [one, other], Noon), new ReplayRange("payments", [other], Noon.AddDays(1), Noon.AddDays(2)));
        // What was told after it was noted, it sends, too.
        await teller.Database.ExecuteAsync("UPDATE outbox_cursor SET snap = pg_current_snapshot()");
        await AssertNotedAsync(0, new ReplayRange("payments", [one], Noon));
        Assert.Equal(["0"], await teller.Database.RowsAsync("SELECT count(*) FROM outbox_replays JOIN outbox_cursor USING (shard) WHERE outbox_replays.snap::text <> outbox_cursor.snap::text"));
        await AssertNotedAsync(2, new ReplayRange("payments", [one, other], Noon.AddDays(-1)));
        await AssertNotedAsync(2, new ReplayRange("notifications", [one], Noon));
        // Of several, those that none is going to send.
        await AssertNotedAsync(2, new ReplayRange("payments", [one, third], Noon));
        Assert.Equal([$"{{{third}}}"], await teller.Database.RowsAsync("SELECT DISTINCT aggregate_ids::text FROM outbox_replays WHERE $1 = ANY (aggregate_ids)", third));
        await AssertNotedAsync(2, new ReplayRange("payments", null, Noon));
        await AssertNotedAsync(2, new ReplayRange());
        await AssertNotedAsync(0, new ReplayRange(), new ReplayRange("notifications"), new ReplayRange(null, [one]));
        // One that is under way has passed some of it already.
        await teller.Database.ExecuteAsync("UPDATE outbox_replays SET next_seq = 1");
        await AssertNotedAsync(2, new ReplayRange());
        await teller.Database.ExecuteAsync("UPDATE outbox_replays SET finished_at = now()");
        await AssertNotedAsync(2, new ReplayRange());

        async Task AssertNotedAsync(int more, params ReplayRange[] ranges)
        {
            var before = int.Parse((await teller.Database.RowsAsync("SELECT count(*) FROM outbox_replays"))[0], null);
            foreach (var range in ranges) await RequestAsync(teller, range);
            Assert.Equal([$"{before + more}"], await teller.Database.RowsAsync("SELECT count(*) FROM outbox_replays"));
        }
    }

    [Fact]
    public async Task Request_WhenOneOfEverythingIsUnderWay_IsNotedForThoseThatItHasPassed()
    {
        await using var teller = await StartAsync(NoBroker);
        await Eventually.TrueAsync(async () => await teller.Database.RowsAsync("SELECT count(*) FROM outbox_cursor") is ["2"]);
        var (passed, ahead) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await teller.TellAsync(passed);
        await teller.TellAsync(ahead);
        await RequestAsync(teller, new ReplayRange());
        await teller.Database.ExecuteAsync("UPDATE outbox_replays SET next_seq = (SELECT min(seq) FROM outbox)");
        await teller.Database.ExecuteAsync("UPDATE outbox_cursor SET snap = pg_current_snapshot()");

        await RequestAsync(teller, new ReplayRange("payments", [passed, ahead]));

        Assert.Equal([$"{{{passed}}}"], await teller.Database.RowsAsync("SELECT aggregate_ids::text FROM outbox_replays WHERE aggregate_ids IS NOT NULL"));
        // What it is counted on for it sends up to now.
        Assert.Equal(["0"], await teller.Database.RowsAsync("""
            SELECT count(*) FROM outbox JOIN outbox_replays USING (shard) JOIN outbox_cursor USING (shard)
            WHERE outbox.aggregate_id = $1 AND aggregate_ids IS NULL AND outbox_replays.snap::text <> outbox_cursor.snap::text
            """, ahead));
    }

    [Fact]
    public async Task Replay_ThatIsCountedOnForMoreWhileAPartIsUnderWay_SendsThat()
    {
        await using var teller = await StartAsync();
        await TellAsync(teller, things: 20, each: 1);
        await using var connection = await teller.Database.OpenConnectionAsync();
        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync();
        }
        // The relays read their part, send it, and wait to note it.
        await Eventually.TrueAsync(async () =>
        {
            await RequestAsync(teller, new ReplayRange(Stream: "payments"));
            await ScalarAsync("BEGIN");
            if (await ScalarAsync("SELECT count(*) FROM (SELECT FROM outbox_replays WHERE finished_at IS NULL AND sent = 0 FOR UPDATE) AS open") is 2L) return true;
            await ScalarAsync("ROLLBACK");
            return false;
        });
        await Eventually.TrueAsync(async () => await teller.Database.RowsAsync("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()") is ["2"]);

        var late = Guid.CreateVersion7();
        await teller.TellAsync(late);
        // As a request does that counts on them.
        await ScalarAsync("UPDATE outbox_replays SET snap = pg_current_snapshot() WHERE finished_at IS NULL");
        await ScalarAsync("COMMIT");

        await DoneAsync(teller);
        using var broker = new Broker(servers.Kafka);
        Assert.Equal([1, 1], broker.Sent("payments", teller.Name)[late]);
    }

    [Theory]
    [InlineData("""{"stream": "paymets"}""", 422, "invalid", "stream")]
    [InlineData("""{"since": "2026-06-02T00:00:00Z", "until": "2026-06-01T00:00:00Z"}""", 422, "invalid", "since")]
    [InlineData("""{"since": "yesterday"}""", 422, "invalid", "since")]
    [InlineData("""{"aggregateIds": "all"}""", 422, "invalid", "aggregateIds")]
    [InlineData("""{"aggregateIds": []}""", 422, "invalid", "aggregateIds")]
    [InlineData("stream", 400, "malformed", null)]
    public async Task Post_WhenTheRangeIsWrong_SaysWhatIs(string body, int status, string code, string? field)
    {
        using var answer = await cutOff.Party.Client.PostAsync("/replays", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(status, (int)answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        if (field is not null) Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
        Assert.Empty(await cutOff.Party.Database.RowsAsync("SELECT 1 FROM outbox_replays"));
    }

    [Fact]
    public async Task Get_ListsReplays_TheLatestFirst_OverBothShards()
    {
        await using var teller = await StartAsync();
        var things = await TellAsync(teller, things: 10, each: 2);

        using var all = await teller.Client.PostAsJsonAsync("/replays", new { });
        Assert.Equal(HttpStatusCode.Accepted, all.StatusCode);
        await DoneAsync(teller);
        using var some = await teller.Client.PostAsJsonAsync("/replays", new { stream = "payments", aggregateIds = things[..4], since = "2026-01-01T09:00:00+09:00" });
        Assert.Equal(HttpStatusCode.Accepted, some.StatusCode);
        await DoneAsync(teller);

        // Other tests' services may ask for what they miss.
        var listed = (await teller.Client.GetFromJsonAsync<JsonElement>("/replays")).EnumerateArray()
            .Where(replay => replay.GetProperty("reason").GetString() == "asked for by an operator").ToList();
        Assert.Equal(2, listed.Count);
        Assert.Equal(8, listed[0].GetProperty("sent").GetInt64());
        Assert.Equal("payments", listed[0].GetProperty("stream").GetString());
        Assert.Equal(4, listed[0].GetProperty("aggregates").GetInt32());
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), listed[0].GetProperty("since").GetDateTimeOffset());
        Assert.Equal(20, listed[1].GetProperty("sent").GetInt64());
        Assert.True(listed[1].GetProperty("finishedAt").GetDateTimeOffset() >= listed[1].GetProperty("requestedAt").GetDateTimeOffset());
        Assert.False(listed[1].TryGetProperty("since", out var since) && since.ValueKind != JsonValueKind.Null);
    }
}
