using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Dashboard.Live;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Dashboard.Tests;

/// <summary>Pages that follow what happens, whichever replica hears of it.</summary>
public sealed class LiveTests(Servers servers) : DashboardTests(servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Story story = new();

    [Fact]
    public async Task MyPage_WhileItIsOpen_ShowsEachChange_WhicheverReplicaHeardOfIt_AndResumes()
    {
        await using var replica = StartReplica();
        await others.SendAsync(story.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);

        await using var here = await OpenedAsync(dashboard);
        await using var there = await OpenedAsync(replica);
        foreach (var stream in (EventStream[])[here, there]) Assert.Equal("REGISTERED  0", Shown(await stream.NextAsync("page")));

        await others.SendAsync(story.Received(), 1);
        foreach (var stream in (EventStream[])[here, there]) Assert.Equal("REGISTERED RECEIVED 0", Shown(await stream.NextAsync("page")));
        await others.SendAsync(story.Told("confirmed", 1), 1);
        foreach (var stream in (EventStream[])[here, there]) Assert.Equal("REGISTERED RECEIVED 1", Shown(await stream.NextAsync("page")));
        var last = here.LastId!;

        // Whoever comes back and has missed nothing is told nothing; whoever has, how it is now.
        await using var back = await OpenedAsync(replica, last);
        await others.SendAsync(story.Ready(), 2);
        Assert.Equal("REGISTERED READY 1", Shown(await back.NextAsync("page")));
        await using var late = await OpenedAsync(dashboard, last);
        Assert.Equal("REGISTERED READY 1", Shown(await late.NextAsync("page")));
    }

    [Fact]
    public async Task MyPage_WithoutItsKey_IsNotThere()
    {
        await others.SendAsync(story.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);

        using var wrong = await dashboard.GetAsync($"/mypage/{story.Number}/events", "a wrong key");
        using var none = await dashboard.GetAsync("/mypage/M-NONE/events", story.AccessKey);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (wrong.StatusCode, none.StatusCode));
    }

    [Fact]
    public async Task Console_WhileItIsOpen_IsToldOfChanges_AndOfNothingElse()
    {
        await using var console = new EventStream(await dashboard.OpenAsync("/dashboards/events", key: null, lastEventId: null), Patience);
        var first = (DateTimeOffset)(await console.NextAsync("changed"))["asOf"]!;
        await others.SendAsync(story.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);

        Assert.True((DateTimeOffset)(await console.NextAsync("changed"))["asOf"]! > first);
    }

    [Fact]
    public async Task Console_IsToldOfGoodsAndRaces_OfWhichNoRegistrationKnows()
    {
        var (race, division, at) = (Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch);
        RaceDivision[] Divisions(int capacity) => [new(division, "Full", 50_000, capacity, ["100"], ["100"])];
        await using var console = await ListeningAsync();
        await console.NextAsync("changed");

        await others.SendAsync(new RaceScheduled { RaceId = race, At = at, Name = "Spring Run", Place = "Seoul", Date = new(2027, 3, 1), Divisions = Divisions(10) }, 1);
        await ToldUntilAsync(summary => (int?)summary["races"]!.AsArray().SingleOrDefault()?["divisions"]![0]!["capacity"] == 10);
        await others.SendAsync(new StockChanged { RaceId = race, At = at, Levels = [new StockLevel("TOP", "100", 7, 1, 0, 0)] }, 1);
        await ToldUntilAsync(summary => (int?)summary["sizes"]!.AsArray().SingleOrDefault()?["free"] == 7);
        await others.SendAsync(new RaceChanged { RaceId = race, At = at, Name = "Spring Run", Place = "Seoul", Date = new(2027, 3, 1), OpensAt = at, ClosesAt = at, Currency = "KRW", KitHandover = "SHIPPING", RefundTiers = [], Divisions = Divisions(11) }, 2);
        await ToldUntilAsync(summary => (int?)summary["races"]![0]!["divisions"]![0]!["capacity"] == 11);

        // Whoever is told looks, and shows what was told of: nobody tells them once more.
        async Task ToldUntilAsync(Func<JsonNode, bool> isShown)
        {
            while (true)
            {
                var told = (DateTimeOffset)(await console.NextAsync("changed"))["asOf"]!;
                using var answer = await dashboard.GetAsync($"/dashboards/summary?raceId={race}", key: null);
                var summary = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                Assert.True((DateTimeOffset)summary["asOf"]! >= told);
                if (isShown(summary)) return;
            }
        }
    }

    [Fact]
    public async Task Console_WhoComesWhileOthersListen_IsToldOfWhenThePageIs_AndWhoComesBackWhatWasMissed()
    {
        await using var first = await ListeningAsync();
        var shown = (DateTimeOffset)(await first.NextAsync("changed"))["asOf"]!;
        var last = first.LastId;
        await others.SendAsync(story.Confirmed(), 1);
        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync("SELECT count(*) FROM listed WHERE registration_id = $1", story.RegistrationId) is ["1"]);
        var digested = (await dashboard.Database.RowsAsync("SELECT (extract(epoch FROM at) * 1000000)::bigint FROM digested"))[0];
        while (Microseconds(shown) < long.Parse(digested, CultureInfo.InvariantCulture)) shown = (DateTimeOffset)(await first.NextAsync("changed"))["asOf"]!;

        // Those who listen know already, and are told nothing more.
        await using var second = await ListeningAsync();
        var now = (DateTimeOffset)(await second.NextAsync("changed"))["asOf"]!;
        Assert.True(now >= shown);
        // As a page names what it shows: see data-shown.
        Assert.Equal($"{now.UtcTicks}", second.LastId);
        await using var back = await ListeningAsync(last);
        Assert.True((DateTimeOffset)(await back.NextAsync("changed"))["asOf"]! >= now);

        static long Microseconds(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    [Fact]
    public async Task Listeners_WhoLeave_LeaveNothingBehind()
    {
        await others.SendAsync(story.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        var views = dashboard.Services.GetRequiredService<LiveViews>();
        await using (await OpenedAsync(dashboard))
        await using (await OpenedAsync(dashboard))
            Assert.Equal(2, views.Count);

        await Eventually.TrueAsync(() => Task.FromResult(views.Count == 0));
    }

    /// <summary>The readers are in this process, too, and part of what is measured.</summary>
    [Fact]
    public async Task TwoThousandStreams_CostKilobytesEach_AndAreAllTold()
    {
        const int Streams = 2000, MostBytes = 64 * 1024;
        var runners = Enumerable.Range(0, 20).Select(_ => new Story()).ToArray();
        await others.SendAsync(runners.Select(runner => ((IntegrationEvent)runner.Confirmed(), 1)));
        await dashboard.Database.AppliedAsync("registrations", 1, [.. runners.Select(runner => runner.RegistrationId)]);
        var (streams, before) = (new EventStream[Streams], GC.GetTotalMemory(forceFullCollection: true));
        await Parallel.ForAsync(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var runner = runners[i % runners.Length];
            streams[i] = new(await dashboard.OpenAsync($"/mypage/{runner.Number}/events", runner.AccessKey, lastEventId: null), Patience);
            await streams[i].NextAsync("page");
        });
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;
        Assert.InRange(each, 1, MostBytes);

        await others.SendAsync(runners.Select(runner => ((IntegrationEvent)runner.Received(), 1)));
        foreach (var told in await Task.WhenAll(streams.Select(stream => stream.NextAsync("page")))) Assert.Equal("RECEIVED", (string?)told["deliveryStatus"]);
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    /// <summary>While something happens, and while nothing does.</summary>
    [Fact]
    public async Task Statements_AreAsMany_HoweverManyStreamsAreOpen()
    {
        const int Streams = 200;
        await others.SendAsync(story.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        using var statements = new Statements(dashboard.Database);
        await using var one = await OpenedAsync(dashboard);
        await one.NextAsync("page");
        var forOne = await CountAsync(story.Received(), 1, [one]);

        var streams = await Task.WhenAll(Enumerable.Range(0, Streams - 1).Select(_ => OpenedAsync(dashboard)));
        foreach (var stream in streams) await stream.NextAsync("page");
        var forAll = await CountAsync(story.Ready(), 2, [one, .. streams]);
        foreach (var stream in streams) await stream.DisposeAsync();

        Assert.True(forAll < 3 * forOne, $"{forOne} for one stream, {forAll} for {Streams}");

        // For each look of the service: an event that all of them are told, and ten looks for more.
        async Task<double> CountAsync(IntegrationEvent told, int version, EventStream[] open)
        {
            var (before, first) = (statements.Count, statements.Looks);
            await others.SendAsync(told, version);
            foreach (var stream in open) await stream.NextAsync("page");
            var looks = statements.Looks;
            await Eventually.TrueAsync(() => Task.FromResult(statements.Looks >= looks + 10));
            return (double)(statements.Count - before) / (statements.Looks - first);
        }
    }

    private async Task<EventStream> ListeningAsync(string? last = null) => new(await dashboard.OpenAsync("/dashboards/events", key: null, last), Patience);

    private async Task<EventStream> OpenedAsync(DashboardService at, string? last = null) =>
        new(await at.OpenAsync($"/mypage/{story.Number}/events", story.AccessKey, last), Patience);

    private static string Shown(JsonNode page) => $"{page["status"]} {page["deliveryStatus"]} {page["messages"]!.AsArray().Count}";
}

/// <summary>A reader of server-sent events.</summary>
internal sealed class EventStream(HttpResponseMessage response, TimeSpan patience) : IAsyncDisposable
{
    private readonly StreamReader reader = new(response.EnsureSuccessStatusCode().Content.ReadAsStream());

    public string? LastId { get; private set; }

    /// <summary>The next event, which must be of this name.</summary>
    public async Task<JsonNode> NextAsync(string name)
    {
        using var deadline = new CancellationTokenSource(patience);
        string? found = null;
        while (await reader.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) found = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) LastId = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                Assert.Equal(name, found);
                return JsonNode.Parse(line[6..])!;
            }
        }
        throw new EndOfStreamException();
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Counts what is asked of a database in this process.</summary>
internal sealed class Statements : IDisposable
{
    private readonly ActivityListener listener;
    private long count, looks;

    public Statements(NpgsqlDataSource database)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        listener = new()
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("db.namespace") as string != name || activity.GetTagItem("db.query.text") is not string text) return;
                Interlocked.Increment(ref count);
                if (text.Contains("'changed'::regclass", StringComparison.Ordinal)) Interlocked.Increment(ref looks);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public long Count => Interlocked.Read(ref count);

    /// <summary>Of <see cref="LiveViews"/>, for what has changed.</summary>
    public long Looks => Interlocked.Read(ref looks);

    public void Dispose() => listener.Dispose();
}
