using System.Net;
using System.Text.Json.Nodes;
using Marathon.Contracts;
using Marathon.Dashboard.Lists;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Dashboard.Tests;

/// <summary>What the organiser finds, by whatever they look for.</summary>
public sealed class ListTests(Servers servers) : DashboardTests(servers)
{
    private readonly Guid race = Guid.CreateVersion7(), other = Guid.CreateVersion7(), ten = Guid.CreateVersion7();
    private Story kim = null!, lee = null!, smith = null!, elsewhere = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        kim = new Story(race) { Name = "김철수", PhoneNo = "010-2345-6789", TopSize = "100", DivisionId = ten };
        lee = new Story(race) { Name = "이 영희", PhoneNo = "01098765432", TopSize = "105" };
        smith = new Story(race) { Name = "=HYPERLINK(\"x\") Ann 100%", PhoneNo = "+82 10 1111 2222", BottomSize = "100" };
        elsewhere = new Story(other) { Name = "김철민" };
        await others.SendAsync(
        [
            (kim.Confirmed(), 1), (lee.Confirmed(), 1), (smith.Confirmed(), 1), (elsewhere.Confirmed(), 1),
            (kim.Paid(), 1), (kim.Received(41), 1), (kim.Ready(), 2), (lee.Received(42), 1), (lee.Cancelled(refundDue: 12_000), 2), (lee.Refunded(12_000), 1), (lee.Told("confirmed", 1), 1),
            (new StockChanged { RaceId = race, At = Story.Beginning, Levels = [new StockLevel("TOP", "100", 7, 1, 0, 0)] }, 1),
        ]);
        // Other tests' runners are heard of too.
        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync(
            "SELECT concat_ws(' ', sum(count), sum(accepted) FILTER (WHERE pay_status = 'REFUNDED'), sum(count) FILTER (WHERE delivery_status = 'READY'), (SELECT count(*) FROM stock WHERE race_id = $1)) FROM cells WHERE race_id IN ($1, $2)",
            race, other) is ["4 1 1 1"]);
    }

    [Fact]
    public async Task List_ByWhateverIsLookedFor_HasThoseAndNoOthers()
    {
        string[] ours = [kim.Number, lee.Number, smith.Number, elsewhere.Number];
        foreach (var (query, expected) in new[]
        {
            ("", (Story[])[elsewhere, smith, lee, kim]),
            ("sort=oldest", [kim, lee, smith, elsewhere]),
            ($"raceId={race}", [smith, lee, kim]),
            ($"raceId={race}&divisionId={ten}", [kim]),
            ("status=CANCELLED", [lee]),
            ("payStatus=REFUNDED", [lee]),
            ("deliveryStatus=READY", [kim]),
            ("kitSize=100", [smith, kim]),
            ($"kitSize=100&deliveryStatus=READY&raceId={race}", [kim]),
            ("kitSize=100&deliveryStatus=DISPATCHED", []),
            ($"raceId={Guid.CreateVersion7()}", []),
            ("q=김", [elsewhere, kim]),
            ("q=철", [elsewhere, kim]),
            ("q=철수", [kim]),
            ("q=김철수", [kim]),
            ($"q=철&raceId={other}", [elsewhere]),
            // What everybody is leaves nobody out.
            ($"raceId={other}&status=REGISTERED", [elsewhere]),
            ($"raceId={other}&status=REGISTERED&q=민", [elsewhere]),
            ("q=영희", [lee]),
            ("q=이 영", [lee]),
            ("q=" + Uri.EscapeDataString("\u110E\u1165\u11AF\u1109\u116E"), [kim]),
            ("q=ann", [smith]),
            ("q=ANN%20%20100%25", [smith]),
            ("q=100%25", [smith]),
            ("q=1_0", []),
            ("q=41", [kim]),
            ("q=6789", [kim]),
            ("q=2345-6789", [kim]),
            ("q=01098765432", [lee]),
            ("q=1111 2222", [smith]),
            ("q=1111.2222", [smith]),
            ("q=010.1111.2222", [smith]),
            ("q=" + Uri.EscapeDataString("+82 10 1111 2222"), [smith]),
            ("q=" + Uri.EscapeDataString("+82 (0)10-2345-6789"), [kim]),
            ("q=678", []),
            ($"q={kim.Number}", [kim]),
            ($"q={kim.TypedNumber[..8]}", [kim]),
            ($"q=철&status=CANCELLED", []),
            ("q=nobody", []),
            ("q=%20", [elsewhere, smith, lee, kim]),
        })
        {
            var list = await ReadAsync($"/dashboards?size=500&{query}");
            var inOrder = query.Contains("oldest", StringComparison.Ordinal) ? InOrder(expected) : InOrder(expected).Reverse();
            Assert.True(inOrder.SequenceEqual(Numbers(list).Intersect(ours)), $"{query}: {string.Join(", ", list["items"]!.AsArray().Select(item => item!["name"]))}");
            if (query.Contains("raceId", StringComparison.Ordinal)) Assert.Equal(expected.Length, (int)list["total"]!);
        }
        var second = await ReadAsync($"/registrations?raceId={race}&sort=oldest&page=2&size=1");
        Assert.Equal((InOrder(kim, lee, smith).ElementAt(1), 3), (Assert.Single(Numbers(second)), (int)second["total"]!));
        Assert.Equal(3, (int)(await ReadAsync($"/dashboards?raceId={race}&page=3&size=2"))["total"]!);
    }

    [Fact]
    public async Task List_OfADivision_HasThoseWhoWereNeverRegistered_AndWhenItWasOver()
    {
        var (declined, expired, givenUp, before) = (Another(), Another(), Another(), Another());
        await others.SendAsync([
            (declined.Declined(), 1), (expired.Expired(), 1), (givenUp.Cancelled(refundDue: 0, wasConfirmed: false), 1),
            // As it was told in the beginning.
            (before.Declined() with { DivisionId = null, DivisionName = null }, 1),
        ]);
        await Eventually.TrueAsync(async () => (int)(await ReadAsync($"/dashboards?raceId={other}"))["total"]! == 5);

        var list = await ReadAsync($"/dashboards?raceId={other}&divisionId={ten}&sort=oldest");
        Assert.Equal(InOrder(declined, expired, givenUp), Numbers(list));
        Assert.All(list["items"]!.AsArray(), item => Assert.Equal(("10K", null, true), ((string?)item!["divisionName"], item["registeredAt"], item["endedAt"] is not null)));

        Story Another() => new(other) { DivisionId = ten };
    }

    [Theory]
    [InlineData("7k3f-9qx2", "M-7K3F-9QX2")]
    [InlineData("7K3F9QX2", "M-7K3F-9QX2")]
    [InlineData("m-7k3f-9", "M-7K3F-9")]
    [InlineData("m-oil", "M-011")]
    [InlineData("7K3F-9Q", null)]
    [InlineData("Anna Bell", null)]
    public void Number_IsKnownWithoutItsBeginning(string typed, string? expected) => Assert.Equal(expected, SearchText.Of(typed)!.Number);

    [Fact]
    public async Task List_WhenThereAreManyOfAName_SaysThatThereAreMore_AndHasThePage()
    {
        // As many as would take long to count, and to put in order: made of a row that is there.
        await MakeAsync(8000, name: "CASE WHEN i % 8 = 0 THEN '박하나' ELSE '최' || chr(44032 + i) END", topSize: "'A'");

        var few = await ReadAsync($"/dashboards?q=하나&size=10&raceId={other}");
        Assert.Equal((1000, null, 10), ((int)few["total"]!, few["isMore"], few["items"]!.AsArray().Count));
        var many = await ReadAsync($"/dashboards?q=최&size=10&page=2&raceId={other}");
        Assert.Equal((1000, true, 10), ((int)many["total"]!, (bool)many["isMore"]!, many["items"]!.AsArray().Count));
        Assert.All(many["items"]!.AsArray(), item => Assert.StartsWith("최", (string)item!["name"]!, StringComparison.Ordinal));
        foreach (var (sort, direction) in new[] { ("newest", "DESC"), ("oldest", "ASC") })
        {
            var named = await dashboard.Database.RowsAsync($"SELECT registration_id FROM registrations WHERE name LIKE '최%' AND race_id = $1 ORDER BY registration_id {direction} LIMIT 10 OFFSET 2000", other);
            Assert.Equal(named, (await ReadAsync($"/dashboards?q=최&size=10&page=201&sort={sort}&raceId={other}"))["items"]!.AsArray().Select(item => (string)item!["registerId"]!));
        }
        var numbered = await ReadAsync($"/dashboards?q=m-1&size=10&page=3&raceId={other}");
        Assert.Equal((1000, true, 10), ((int)numbered["total"]!, (bool)numbered["isMore"]!, numbered["items"]!.AsArray().Count));
        Assert.All(numbered["items"]!.AsArray(), item => Assert.StartsWith("M-1", (string)item!["number"]!, StringComparison.Ordinal));
        var all = await ReadAsync($"/dashboards?raceId={other}&size=500&page=16");
        Assert.Equal((8002, 500), ((int)all["total"]!, all["items"]!.AsArray().Count));
        var ids = new List<string>();
        for (var page = 1; page <= 17; page++) ids.AddRange((await ReadAsync($"/dashboards?raceId={other}&size=500&page={page}"))["items"]!.AsArray().Select(item => (string)item!["registerId"]!));
        Assert.Equal(8002, ids.Distinct().Count());
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
    }

    [Fact]
    public async Task List_WhenManyAreNamedSoAndFewOfThemAreMeant_HasAllOfThose()
    {
        // Every other one is named so. A: most of them; D: most of the others, and few of them; E: few, all of them; F: some of the others, and few of them.
        await MakeAsync(46000, name: "CASE WHEN i % 2 = 0 THEN '박하나' ELSE '최고봉' END", topSize: "CASE WHEN i % 20 = 2 OR i % 200 = 5 THEN 'F' WHEN i % 2 = 0 OR i % 200 = 1 THEN 'D' WHEN i % 200 = 3 THEN 'E' ELSE 'A' END");
        foreach (var (size, isMore) in new[] { ("A", true), ("D", true), ("E", false), ("F", false) })
        {
            var meant = await dashboard.Database.RowsAsync("SELECT registration_id FROM registrations WHERE name = '최고봉' AND top_size = $1 ORDER BY registration_id DESC LIMIT 250", size);
            var found = new List<string>();
            for (var page = 1; page <= 3; page++)
            {
                var list = await ReadAsync($"/dashboards?q=최고&kitSize={size}&size=100&page={page}&raceId={other}");
                Assert.Equal(isMore, list["isMore"] is not null);
                found.AddRange(list["items"]!.AsArray().Select(item => (string)item!["registerId"]!));
            }
            Assert.Equal(meant, found.Take(250));
        }
    }

    [Fact]
    public async Task List_WhenThousandsAreNamedSo_HasThemInOrder_WhereverTheyAre()
    {
        // One in ten, all over; a sixteenth, who came before all others, and a few who share a letter with these: less than a page of them is met soon.
        await MakeAsync(30000, name: "CASE WHEN id < '10000000-0000-0000-0000-000000000000' THEN '고은별' WHEN i % 1000 = 1 THEN '박별' WHEN i % 10 = 0 THEN '한나래' ELSE '최고봉' END", topSize: "'A'");
        foreach (var (text, sort) in from text in (string[])["나래", "나", "은별", "별"] from sort in (string[])["newest", "oldest"] select (text, sort))
        {
            var meant = await dashboard.Database.RowsAsync($"SELECT registration_id FROM registrations WHERE name LIKE '%{text}%' AND race_id = $1 ORDER BY registration_id {(sort == "newest" ? "DESC" : "")} LIMIT 1000", other);
            foreach (var page in (int[])[1, 2, 20])
            {
                var list = await ReadAsync($"/dashboards?q={text}&size=50&page={page}&sort={sort}&raceId={other}");
                Assert.Equal((1000, true), ((int)list["total"]!, (bool)list["isMore"]!));
                Assert.Equal(meant.Skip(50 * (page - 1)).Take(50), list["items"]!.AsArray().Select(item => (string)item!["registerId"]!));
            }
        }
    }

    [Fact]
    public async Task List_WhenManyAreNamedSoAndAllOfThemAreFarAway_HasSomeOfThem()
    {
        // Those of the name came before all others, and are too many to be put in order.
        await MakeAsync(21000, name: "CASE WHEN id < '80000000-0000-0000-0000-000000000000' THEN '박하나' ELSE '최고봉' END", topSize: "'A'");
        var list = new RegistrationList(dashboard.Database, dashboard.Services.GetRequiredService<CellList>()) { FarthestWalk = 100 };

        var page = await list.PageAsync(new RegistrationQuery(Text: SearchText.Of("하나")), new PageQuery(2, 50), CancellationToken.None);

        Assert.Equal((1000, true, 50), (page.Total, page.IsMore, page.Items.Count));
        Assert.All(page.Items, item => Assert.Equal("박하나", item.Name));
    }

    [Fact]
    public async Task List_OfWhatMakesNoSense_NamesTheField()
    {
        foreach (var (query, field) in new[]
        {
            ("status=GONE", "status"), ("payStatus=PAID", "payStatus"), ("deliveryStatus=LOST", "deliveryStatus"), ("sort=name", "sort"), ("page=0", "page"), ("size=501", "size"), ("page=1001&size=100", "size"),
            ("q=" + new string('x', 101), "q"), ("q=%00", "q"), ("kitSize=" + new string('x', 21), "kitSize"),
        })
        {
            using var answer = await dashboard.GetAsync("/registrations?" + query, key: null);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.True(problem["errors"]!.AsObject().ContainsKey(field), $"{query}: {problem}");
        }
    }

    [Fact]
    public async Task Export_IsEverybodyInOrder_AndNoFormula()
    {
        using var answer = await dashboard.GetAsync($"/dashboards/export.csv?raceId={race}", key: null);
        var file = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal((byte[])[0xEF, 0xBB, 0xBF], file[..3]);
        var lines = System.Text.Encoding.UTF8.GetString(file[3..]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(InOrder(kim, lee, smith), lines.Skip(1).Select(line => line.Split(',')[0]));
        Assert.Contains("김철수", LineOf(kim), StringComparison.Ordinal);
        Assert.DoesNotContain(",\"=HYPER", LineOf(smith), StringComparison.Ordinal);
        Assert.Contains("HYPERLINK", LineOf(smith), StringComparison.Ordinal);

        using var some = await dashboard.GetAsync($"/dashboards/export.csv?q=철&raceId={race}", key: null);
        Assert.Equal(InOrder(kim), (await some.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[0]));

        string LineOf(Story story) => lines.Single(line => line.StartsWith(story.Number, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Summary_OfARace_IsWhatItsEventsSay()
    {
        var summary = await ReadAsync($"/dashboards/summary?raceId={race}");

        Assert.Equal("""{"CANCELLED":1,"REGISTERED":2}""", summary["registrations"]!.ToJsonString());
        Assert.Equal("""[{"currency":"KRW","paid":60000,"refundDue":0,"refunded":12000}]""", summary["money"]!.ToJsonString());
        Assert.Equal("""{"COMPLETED":2,"REFUNDED":1}""", summary["payments"]!.ToJsonString());
        Assert.Equal("""{"READY":1,"RECEIVED":1}""", summary["deliveries"]!.ToJsonString());
        Assert.Equal("""{"ACCEPTED":1}""", summary["messages"]!.ToJsonString());
        var top = summary["sizes"]!.AsArray().Single(size => (string)size!["item"]! == "TOP" && (string)size["size"]! == "100")!;
        Assert.Equal((1, 7, 1), ((int)top["wanted"]!, (int)top["free"]!, (int)top["allocated"]!));
        Assert.Contains("registrations", summary["streams"]!.AsArray().Select(stream => (string)stream!["stream"]!));
        Assert.Equal(3, summary["timeline"]!["points"]!.AsArray().Sum(point => (int)point!["registered"]!));
        // What everybody looks at is read once.
        var sums = dashboard.Services.GetRequiredService<Summary>();
        await Eventually.TrueAsync(async () => ReferenceEquals((await sums.ReadAsync(raceId: null, CancellationToken.None)).Sizes, (await sums.ReadAsync(raceId: null, CancellationToken.None)).Sizes));
        Assert.True((await ReadAsync("/dashboards/summary"))["registrations"]!.AsObject().Sum(status => (int)status.Value!) >= 4);
    }

    [Fact]
    public async Task Summary_OfRacesOfSeveralCurrencies_AddsNoneToAnother()
    {
        await others.SendAsync(new RaceScheduled { RaceId = other, At = Story.Beginning, Name = "Away", Place = "Guam", Date = new(2027, 4, 1), Currency = "USD", Divisions = [] }, 1);

        await Eventually.TrueAsync(async () => (string?)(await ReadAsync($"/dashboards/summary?raceId={other}"))["money"]![0]!["currency"] == "USD");
        Assert.Equal(["KRW", "USD"], (await ReadAsync("/dashboards/summary"))["money"]!.AsArray().Select(line => (string)line!["currency"]!));
    }

    [Fact]
    public async Task Timeline_OfAnySpan_HasEverybodyInPointsThatFitIt()
    {
        var spans = new (int Minutes, int BucketSeconds)[] { (100, 60), (20 * 60, 900), (40 * 60, 3600), (20 * 24 * 60, 6 * 3600), (90 * 24 * 60, 86_400), (900 * 24 * 60, 7 * 86_400) }
            .Select(span => (Race: Guid.CreateVersion7(), span.Minutes, span.BucketSeconds)).ToArray();
        int[] thirds = [0, 1, 1, 3];
        await others.SendAsync(spans.SelectMany(span => thirds.Select(third => ((IntegrationEvent)(
            new Story(span.Race) { ConfirmedAt = Story.Beginning.AddMinutes(span.Minutes * third / 3) }).Confirmed(), 1))));
        foreach (var (came, minutes, bucketSeconds) in spans)
        {
            JsonNode timeline = null!;
            await Eventually.TrueAsync(async () => (timeline = (await ReadAsync($"/dashboards/summary?raceId={came}"))["timeline"]!)["points"]!.AsArray().Sum(point => (int)point!["registered"]!) == 4);
            Assert.Equal(bucketSeconds, (int)timeline["bucketSeconds"]!);
            var points = timeline["points"]!.AsArray().Select(point => Korea.There((DateTimeOffset)point!["at"]!)).ToList();
            // The bins that they came in: of Korea's days, and of weeks from Monday on.
            Assert.Equal(thirds.Select(third => Story.Beginning.AddMinutes(minutes * third / 3)).Select(at => points.LastOrDefault(point => point <= at)).Distinct(), points);
            Assert.All(points, point => Assert.Equal(0, point.TimeOfDay.TotalSeconds % Math.Min(bucketSeconds, 86_400)));
            if (bucketSeconds > 86_400) Assert.All(points, point => Assert.Equal(DayOfWeek.Monday, point.DayOfWeek));
        }
    }

    /// <summary>So many more in the other race, digested: beside the two that are there then. What is theirs is an expression of their number, <c>i</c>.</summary>
    private async Task MakeAsync(int count, string name, string topSize)
    {
        await dashboard.Database.ExecuteAsync($"""
            WITH made AS (SELECT gen_random_uuid() AS id, i FROM generate_series(1, {count}) AS i),
            rows AS (INSERT INTO registrations (registration_id, number, as_of, registration_version, status, race_id, race_name, name, phone_no, top_size, bottom_size, registered_at)
              SELECT id, 'M-' || i, now(), 1, 'REGISTERED', '{other}', 'x', {name}, '010', {topSize}, 'B', now() FROM made)
            INSERT INTO changed (ids) SELECT array_agg(id) FROM made
            """);
        await others.SendAsync(new Story(other).Confirmed(), 1);
        await Eventually.TrueAsync(async () => await dashboard.Database.RowsAsync("SELECT sum(count) FROM cells WHERE race_id = $1", other) is [var sum] && sum == $"{count + 2}");
    }

    /// <summary>As they came: by their ids.</summary>
    private static IEnumerable<string> InOrder(params Story[] stories) => stories.OrderBy(story => story.RegistrationId.ToString(), StringComparer.Ordinal).Select(story => story.Number);

    private static IEnumerable<string> Numbers(JsonNode list) => list["items"]!.AsArray().Select(item => (string)item!["number"]!);

    private async Task<JsonNode> ReadAsync(string path)
    {
        using var answer = await dashboard.GetAsync(path, key: null);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {body}");
        return JsonNode.Parse(body)!;
    }
}
