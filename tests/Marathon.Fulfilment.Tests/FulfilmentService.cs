using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Marathon.Contracts;
using Marathon.Fulfilment.Application.Dispatching;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Fulfilment.Tests;

[CollectionDefinition(nameof(Servers))]
public sealed class ServersCollection : ICollectionFixture<Servers>;

/// <summary>Fulfilment on a database of its own, and the registrations it hears of. Two on one database are two replicas.</summary>
internal sealed class FulfilmentService : IAsyncDisposable
{
    /// <summary>What the carrier signs with.</summary>
    public const string CarrierSecret = "a secret of a test";

    private readonly ServiceHost<Program> host;
    private readonly HttpClient client;

    private FulfilmentService(ServiceHost<Program> host) => (this.host, client) = (host, host.CreateClient());

    public NpgsqlDataSource Database => host.Database;

    /// <summary>On a database that is made for it.</summary>
    public static async Task<FulfilmentService> StartAsync(
        Servers servers, TimeSpan? dispatchAfter = null, (string, string)[]? settings = null, Action<IServiceCollection>? configure = null) =>
        Start(servers, await servers.CreateDatabaseAsync<Program>(), dispatchAfter, settings, configure);

    /// <param name="dispatchAfter">Null: kits leave only by <see cref="DispatchAsync"/>.</param>
    /// <param name="settings">More configuration, which wins.</param>
    /// <param name="configure">What the test replaces.</param>
    public static FulfilmentService Start(
        Servers servers, string database, TimeSpan? dispatchAfter = null, (string, string)[]? settings = null, Action<IServiceCollection>? configure = null) => new(servers.Start<Program>("fulfilment", database,
    [
        // Small, so that a few hundred events are many transactions.
        ("Messaging:BatchSize", "20"),
        ("Fulfilment:PollInterval", "00:00:00.050"),
        ("Fulfilment:SettleTime", "00:00:00.100"),
        ("Fulfilment:Carrier:Secret", CarrierSecret),
        .. dispatchAfter is { } after ? [("Fulfilment:DispatchAfter", after.ToString())] : Array.Empty<(string, string)>(),
        .. settings ?? [],
    ], configure));

    /// <summary>A race with one division, that Fulfilment has heard of, and as many pieces of each of <paramref name="sizes"/> as are said.</summary>
    public async Task<Guid> RaceAsync(EventSource registration, int pieces = 0, string kitHandover = "SHIPPING", string[]? sizes = null, Guid? id = null)
    {
        var race = id ?? Guid.CreateVersion7();
        await registration.SendAsync(Scheduled(race, kitHandover), 1);
        await Database.AppliedAsync("races", 1, race);
        foreach (var size in pieces > 0 ? sizes ?? ["M", "L", "XL"] : [])
            foreach (var item in new[] { "TOP", "BOTTOM" }) await StockAsync(race, item, size, pieces);
        return race;
    }

    /// <summary>What is told of a new race.</summary>
    public static RaceScheduled Scheduled(Guid race, string kitHandover = "SHIPPING", params RaceDivision[] divisions) => new()
    {
        RaceId = race,
        At = DateTimeOffset.UnixEpoch,
        Name = "Seoul Marathon",
        Place = "Seoul",
        Date = new DateOnly(2026, 11, 29),
        Currency = "KRW",
        KitHandover = kitHandover,
        Divisions = divisions.Length > 0 ? divisions : [new RaceDivision(Guid.CreateVersion7(), "10K", Story.Fee, 100, ["M", "L", "XL"], ["M", "L", "XL"])],
    };

    /// <summary>Goods come, or are spoilt.</summary>
    public async Task StockAsync(Guid race, string item, string size, int pieces, string kind = "RECEIVED") =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, "/stock/movements", new { raceId = race, item, size, kind, quantity = pieces, note = "a test" })).Status);

    /// <summary>Runners come, and all that is told of them is applied; returns when their kits are where they are to be.</summary>
    public async Task ConfirmAsync(EventSource registration, string status, params IReadOnlyList<Story> stories)
    {
        await registration.SendAsync(stories.Select(story => ((IntegrationEvent)story.Confirmed(), 1)));
        foreach (var story in stories) await BecomesAsync(story, status);
    }

    /// <summary>Waits until a kit is there.</summary>
    public Task BecomesAsync(Story story, string status) => Eventually.GetAsync(async () =>
    {
        Assert.Equal([status], await Database.RowsAsync("SELECT status FROM deliveries WHERE registration_id = $1", story.RegistrationId));
        return true;
    });

    /// <summary>A request as the gateway hands it on.</summary>
    /// <param name="role">Of the account; null: somebody without one.</param>
    /// <param name="accessKey">The runner's.</param>
    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        HttpMethod method, string path, object? body = null, string? role = "organiser", string? accessKey = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is string text) request.Content = new StringContent(text, Encoding.UTF8, path.EndsWith(".csv", StringComparison.Ordinal) ? "text/csv" : "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        request.Headers.Add(CallerHeaders.Network, "198.51.100.0/24");
        if (role is not null)
        {
            request.Headers.Add(CallerHeaders.Account, Staff.Organiser);
            request.Headers.Add(CallerHeaders.Role, role);
        }
        if (accessKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessKey);
        change?.Invoke(request);
        using var response = await client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, answer.Length > 0 && response.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) is true
            ? JsonSerializer.Deserialize<JsonElement>(answer) : JsonSerializer.SerializeToElement(answer));
    }

    /// <summary>What an organiser sees.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, $"{status}: {body}");
        return body;
    }

    /// <summary>Sends a request on as it is, for those who call from outside.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => client.SendAsync(request, cancellationToken);

    /// <summary>Something is done to a kit.</summary>
    public async Task StepAsync(Story story, string step, object? body = null)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, $"/deliveries/{story.Number}/{step}", body);
        Assert.True(status == HttpStatusCode.OK, $"{step}: {status}: {answer}");
    }

    /// <summary>Hands every kit that waits to the carrier; returns how many left.</summary>
    public async Task<int> DispatchAsync()
    {
        await using var scope = host.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<DispatchGoods>().HandleAsync(new DispatchDueGoods(DateTimeOffset.UtcNow.AddSeconds(1), 1000), CancellationToken.None);
    }

    /// <summary>As an operator does with events that cannot be applied.</summary>
    public async Task DropDeadLettersAsync()
    {
        var letters = host.Services.GetRequiredService<DeadLetters>();
        foreach (var letter in (await letters.PageAsync("failed", new PageQuery(Size: 100), CancellationToken.None)).Items) await letters.DropAsync(letter.Id, CancellationToken.None);
    }

    public async Task<string> StatusAsync(Story story) =>
        Assert.Single(await Database.RowsAsync("SELECT status FROM deliveries WHERE registration_id = $1", story.RegistrationId));

    /// <summary>The bibs of a race, in order.</summary>
    public async Task<IReadOnlyList<int>> BibsAsync(Guid raceId) =>
        [.. (await Database.RowsAsync("SELECT bib FROM register_masters WHERE race_id = $1 ORDER BY bib", raceId)).Select(bib => int.Parse(bib, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary><c>free allocated gone scrapped</c> of an item in a size.</summary>
    public async Task<string> LevelAsync(Guid race, string item, string size) =>
        (await Database.RowsAsync("SELECT free || ' ' || allocated || ' ' || gone || ' ' || scrapped FROM stock WHERE race_id = $1 AND item = $2 AND size = $3", race, item, size)) is [var level] ? level : "none";

    /// <summary>
    /// That the books agree with each other, to the last piece: the ledger with the levels, the levels with the kits, each runner's lines of the ledger with their kit, what was told
    /// with what is; and that nothing was put aside.
    /// </summary>
    public async Task AssertBooksAsync()
    {
        Assert.Empty(await Database.RowsAsync("""
            WITH ledger AS (
              SELECT race_id, item, size,
                sum(CASE WHEN kind IN ('RECEIVED', 'RELEASED', 'RETURNED') THEN quantity WHEN kind IN ('ALLOCATED', 'SCRAPPED') THEN -quantity ELSE 0 END) AS free,
                sum(CASE WHEN kind = 'ALLOCATED' THEN quantity WHEN kind IN ('RELEASED', 'DISPATCHED') THEN -quantity ELSE 0 END) AS allocated,
                sum(CASE WHEN kind = 'DISPATCHED' THEN quantity WHEN kind = 'RETURNED' THEN -quantity ELSE 0 END) AS gone,
                sum(CASE WHEN kind = 'SCRAPPED' THEN quantity ELSE 0 END) AS scrapped,
                sum(CASE WHEN kind = 'RECEIVED' THEN quantity ELSE 0 END) AS received
              FROM stock_movements GROUP BY race_id, item, size),
            kits AS (
              SELECT race_id, item, size, count(*) FILTER (WHERE status IN ('RECEIVED', 'BACKORDERED', 'READY')) AS allocated,
                count(*) FILTER (WHERE status IN ('DISPATCHED', 'DELIVERED', 'PICKED_UP', 'RETURN_REQUESTED')) AS gone
              FROM deliveries CROSS JOIN LATERAL (VALUES ('TOP', top_size, top_allocated), ('BOTTOM', bottom_size, bottom_allocated)) AS part (item, size, has)
              WHERE has GROUP BY race_id, item, size)
            SELECT format('%s %s: ledger %s %s %s %s of %s, levels %s %s %s %s, kits %s %s', item, size, ledger.free, ledger.allocated, ledger.gone, ledger.scrapped, ledger.received,
              stock.free, stock.allocated, stock.gone, stock.scrapped, kits.allocated, kits.gone)
            FROM ledger FULL JOIN stock USING (race_id, item, size) FULL JOIN kits USING (race_id, item, size)
            WHERE (ledger.free, ledger.allocated, ledger.gone, ledger.scrapped) IS DISTINCT FROM (stock.free, stock.allocated, stock.gone, stock.scrapped)
              OR (stock.allocated, stock.gone) IS DISTINCT FROM (coalesce(kits.allocated, 0), coalesce(kits.gone, 0))
              OR stock.free + stock.allocated + stock.gone + stock.scrapped <> ledger.received
            """));
        Assert.Empty(await Database.RowsAsync("""
            WITH ledger AS (
              SELECT registration_id, item, size, sum(CASE kind WHEN 'ALLOCATED' THEN quantity WHEN 'RELEASED' THEN -quantity WHEN 'RETURNED' THEN -quantity ELSE 0 END) AS has
              FROM stock_movements WHERE registration_id IS NOT NULL GROUP BY registration_id, item, size),
            kits AS (
              SELECT registration_id, item, size, has::int AS has
              FROM deliveries CROSS JOIN LATERAL (VALUES ('TOP', top_size, top_allocated), ('BOTTOM', bottom_size, bottom_allocated)) AS part (item, size, has))
            SELECT format('%s %s %s: ledger %s, kit %s', registration_id, item, size, ledger.has, kits.has) FROM ledger FULL JOIN kits USING (registration_id, item, size)
            WHERE coalesce(ledger.has, 0) <> coalesce(kits.has, 0)
            """));
        Assert.Empty(await Database.RowsAsync("""
            WITH told AS (
              SELECT DISTINCT ON (aggregate_id, level ->> 'item', level ->> 'size') aggregate_id AS race_id, level ->> 'item' AS item, level ->> 'size' AS size,
                coalesce((level ->> 'free')::int, 0) AS free, coalesce((level ->> 'allocated')::int, 0) AS allocated,
                coalesce((level ->> 'gone')::int, 0) AS gone, coalesce((level ->> 'scrapped')::int, 0) AS scrapped
              FROM outbox, jsonb_array_elements(convert_from(payload, 'UTF8')::jsonb -> 'levels') AS level WHERE stream = 'stock'
              ORDER BY aggregate_id, level ->> 'item', level ->> 'size', version DESC)
            SELECT format('%s %s: told %s %s %s %s, is %s %s %s %s', item, size, told.free, told.allocated, told.gone, told.scrapped, stock.free, stock.allocated, stock.gone, stock.scrapped)
            FROM told FULL JOIN stock USING (race_id, item, size)
            WHERE (told.free, told.allocated, told.gone, told.scrapped) IS DISTINCT FROM (stock.free, stock.allocated, stock.gone, stock.scrapped)
            """));
        // 1, 2, 3 …, up to what the aggregate's row says.
        Assert.Empty(await Database.RowsAsync("""
            WITH known AS (
              SELECT 'deliveries' AS stream, registration_id AS aggregate_id, version FROM deliveries
              UNION ALL SELECT 'stock', race_id, stock_version FROM races WHERE stock_version > 0
              UNION ALL SELECT 'procurements', id, version FROM procurements),
            told AS (SELECT stream, aggregate_id, array_agg(version ORDER BY seq) AS versions FROM outbox WHERE stream IN ('deliveries', 'stock', 'procurements') GROUP BY stream, aggregate_id)
            SELECT format('%s %s: %s told, %s', stream, aggregate_id, versions, version) FROM known FULL JOIN told USING (stream, aggregate_id)
            WHERE versions IS DISTINCT FROM (SELECT array_agg(each) FROM generate_series(1, version) AS each)
            """));
        // But for what another test has sent to be put aside: the broker is everybody's.
        Assert.Empty(await Database.RowsAsync("""
            SELECT concat_ws(' ', state, type, error) FROM parked_events AS parked
            WHERE NOT EXISTS (SELECT FROM parked_events AS poison WHERE poison.aggregate_id = parked.aggregate_id AND position($1 IN poison.payload) > 0)
            """, Encoding.UTF8.GetBytes("\\u0000")));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }
}
