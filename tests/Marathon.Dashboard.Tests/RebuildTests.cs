using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Testing;

namespace Marathon.Dashboard.Tests;

/// <summary>The read model made anew, while it is looked at.</summary>
public sealed class RebuildTests(Servers servers) : DashboardTests(servers)
{
    private readonly Guid race = Guid.CreateVersion7();

    [Fact]
    public async Task Rebuild_OfAViewThatIsWrong_MakesItRight_WhileItIsShown_AndGoesOnFromThere()
    {
        var stories = Enumerable.Range(0, 40).Select(_ => new Story(race)).ToArray();
        await others.SendAsync(stories.SelectMany(story => new (IntegrationEvent, int)[] { (story.Confirmed(), 1), (story.Changed("XL"), 2), (story.Paid(), 1), (story.Received(), 1), (story.Told("confirmed", 1), 1) }));
        foreach (var (stream, version) in new[] { ("registrations", 2), ("payments", 1), ("deliveries", 1), ("notifications", 1) })
            await dashboard.Database.AppliedAsync(stream, version, [.. stories.Select(story => story.RegistrationId)]);
        await Eventually.TrueAsync(async () => await KitsAsync() == """{"RECEIVED":40}""");
        await dashboard.Database.ExecuteAsync("UPDATE registrations SET top_size = 'wrong' WHERE race_id = $1", race);
        await dashboard.Database.ExecuteAsync("DELETE FROM messages; DELETE FROM cells");
        await using var open = new EventStream(await dashboard.OpenAsync($"/mypage/{stories[0].Number}/events", stories[0].AccessKey, lastEventId: null), TimeSpan.FromSeconds(30));
        Assert.Equal("wrong", (string?)(await open.NextAsync("page"))["topSize"]);

        var names = await NamesAsync();
        Assert.Equal("RUNNING", await PostAsync("/dashboards/rebuild"));
        using var over = new CancellationTokenSource();
        var looking = LookAsync(stories, over.Token);
        await Eventually.TrueAsync(async () => await StateAsync() == "DONE", TimeSpan.FromSeconds(60));
        await over.CancelAsync();
        Assert.True(await looking > 0);
        Assert.Equal(["True"], await dashboard.Database.RowsAsync("SELECT of >= 200 AND messages >= of FROM rebuilds"));

        Assert.Equal("XL", (string?)(await open.NextAsync("page"))["topSize"]);
        await Eventually.TrueAsync(async () => await SummedAsync() == "40");
        Assert.Empty(await dashboard.Database.RowsAsync("SELECT difference FROM digest_differences()"));
        Assert.Equal(["40"], await dashboard.Database.RowsAsync("SELECT count(*) FROM messages JOIN registrations USING (registration_id) WHERE race_id = $1", race));
        Assert.Empty(await dashboard.Database.RowsAsync("SELECT nspname FROM pg_namespace WHERE nspname = 'next'"));
        Assert.Equal(names, await NamesAsync());

        await others.SendAsync(stories.Select(story => ((IntegrationEvent)story.Ready(), 2)));
        await dashboard.Database.AppliedAsync("deliveries", 2, [.. stories.Select(story => story.RegistrationId)]);
        Assert.Equal("READY", (string?)(await open.NextAsync("page"))["deliveryStatus"]);
        await Eventually.TrueAsync(async () => await KitsAsync() == """{"READY":40}""");
        Assert.Equal(["0"], await dashboard.Database.RowsAsync("SELECT count(*) FROM parked_events"));
    }

    [Fact]
    public async Task Rebuild_WhenTheBrokerHasForgottenSomething_AsksForIt_AndOutlivesWhoeverMadeIt()
    {
        var (known, forgotten) = (new Story(race), new Story(race));
        await others.SendAsync(known.Confirmed(), 1);
        await dashboard.Database.AppliedAsync("registrations", 1, known.RegistrationId);
        await dashboard.Database.ExecuteAsync("INSERT INTO inbox (stream, aggregate_id, version) VALUES ('registrations', $1, 1)", forgotten.RegistrationId);
        await PostAsync("/dashboards/rebuild");

        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync(
            "SELECT 1 FROM outbox WHERE stream = 'resends' AND convert_from(payload, 'UTF8') LIKE '%' || $1 || '%'", forgotten.RegistrationId.ToString()) is ["1"], TimeSpan.FromSeconds(40));
        Assert.Equal("RUNNING", await StateAsync());

        // Killed in the middle of it: another goes on, and does not begin again.
        var started = await dashboard.Database.RowsAsync("SELECT started_at::text FROM rebuilds");
        await dashboard.DisposeAsync();
        dashboard = StartReplica();
        await others.SendAsync(forgotten.Confirmed(), 1);
        await Eventually.TrueAsync(async () => await StateAsync() == "DONE", TimeSpan.FromSeconds(60));

        Assert.Equal(started, await dashboard.Database.RowsAsync("SELECT started_at::text FROM rebuilds"));
        using var page = await dashboard.MyPageAsync(forgotten.Number, forgotten.AccessKey);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Rebuild_WhenItIsAskedForTwice_IsOne_AndWhenItIsCancelled_LeavesNothingBehind()
    {
        await dashboard.Database.ExecuteAsync("INSERT INTO inbox (stream, aggregate_id, version) VALUES ('registrations', $1, 1)", Guid.CreateVersion7());
        using (var none = await dashboard.GetAsync("/dashboards/rebuild", key: null)) Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        await PostAsync("/dashboards/rebuild");
        await PostAsync("/dashboards/rebuild");
        Assert.Equal(["1"], await dashboard.Database.RowsAsync("SELECT count(*) FROM rebuilds"));
        await Eventually.TrueAsync(async () => (await dashboard.Database.RowsAsync("SELECT nspname FROM pg_namespace WHERE nspname = 'next'")).Count == 1);

        Assert.Equal("CANCELLED", await PostAsync("/dashboards/rebuild/cancel"));
        await Eventually.TrueAsync(async () => (await dashboard.Database.RowsAsync("SELECT nspname FROM pg_namespace WHERE nspname = 'next'")).Count == 0);
    }

    /// <summary>How often it was looked at, and each time was there.</summary>
    private async Task<int> LookAsync(Story[] stories, CancellationToken over)
    {
        var looked = 0;
        for (; !over.IsCancellationRequested; looked++)
        {
            using var page = await dashboard.MyPageAsync(stories[looked % stories.Length].Number, stories[looked % stories.Length].AccessKey);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
        return looked;
    }

    /// <summary>What a migration may name.</summary>
    private Task<IReadOnlyList<string>> NamesAsync() => dashboard.Database.RowsAsync("""
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        ORDER BY 1
        """);

    /// <summary>As the console shows them.</summary>
    private async Task<string> KitsAsync()
    {
        using var answer = await dashboard.GetAsync($"/dashboards/summary?raceId={race}", key: null);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["deliveries"]!.ToJsonString();
    }

    private async Task<string> SummedAsync() => (await dashboard.Database.RowsAsync("SELECT coalesce(sum(count), 0) FROM cells WHERE race_id = $1", race))[0];

    private async Task<string?> StateAsync()
    {
        using var answer = await dashboard.GetAsync("/dashboards/rebuild", key: null);
        return (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["state"];
    }

    private async Task<string?> PostAsync(string path)
    {
        using var answer = await dashboard.PostAsync(path);
        return (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["state"];
    }
}
