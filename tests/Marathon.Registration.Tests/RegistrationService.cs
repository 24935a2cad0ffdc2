using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Marathon.Registration.Adapters;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Postgres;
using Marathon.ServiceDefaults.Values;
using Marathon.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Registration.Tests;

/// <summary>
/// Registration on a database of its own, with one division to register for, and a Payment that answers over HTTP as the test says. Payment's own
/// promise is kept: the first outcome under a registration's id stays.
/// </summary>
internal sealed class RegistrationService : IAsyncDisposable
{
    public static readonly Guid RaceId = new("00000000-0000-7000-8000-0000000000aa"), DivisionId = new("00000000-0000-7000-8000-0000000000bb");

    private readonly WebApplication payment;
    private readonly List<ServiceHost<Race>> replicas = [];
    private readonly Dictionary<string, string> settings;
    private int atOnce;

    private RegistrationService(WebApplication payment, Dictionary<string, string> settings, NpgsqlDataSource database) =>
        (this.payment, this.settings, Database) = (payment, settings, database);

    public NpgsqlDataSource Database { get; }

    /// <summary>The database as the first replica has it.</summary>
    public NpgsqlDataSource Own => replicas[0].Database;

    /// <summary>How Payment answers a charge or a void when asked for the first time; null: it does not, until the caller gives up.</summary>
    public Func<string, string?> Answers { get; set; } = _ => "COMPLETED";

    /// <summary>How long Payment takes, whenever it is asked; of who leaves before, it has heard nothing.</summary>
    public TimeSpan Takes { get; set; }

    /// <summary>While it takes its time, so many asked at once at most.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Whether an answer that does not come begins to come.</summary>
    public bool Begins { get; set; }

    /// <summary>The registrations for which Payment was asked, by a runner's request or by the resolver.</summary>
    public ConcurrentQueue<Guid> Asked { get; } = [];

    /// <summary>The outcome under each registration's id.</summary>
    public ConcurrentDictionary<Guid, string> Outcomes { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    public static async Task<RegistrationService> StartAsync(Servers servers, int capacity, bool allowsDuplicates = true, int queue = 2000)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var payment = builder.Build();
        payment.Urls.Add("http://127.0.0.1:0");
        var connectionString = await servers.CreateDatabaseAsync<Program>();
        var service = new RegistrationService(payment, new Dictionary<string, string>
        {
            ["ConnectionStrings:registrationdb"] = connectionString,
            ["ConnectionStrings:kafka"] = servers.Kafka,
            ["Registration:AccessKeySecret"] = "a secret of a test",
            ["Registration:Queue"] = queue.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Messaging:Source"] = "registration-" + Guid.NewGuid().ToString("N")[..8],
        }, NpgsqlDataSource.Create(connectionString));
        payment.MapPost("/charges", async (JsonNode charge, HttpContext http) => await service.SettleAsync((Guid)charge["registrationId"]!, "charge", http));
        payment.MapPost("/charges/{id:guid}/void", async (Guid id, HttpContext http) => await service.SettleAsync(id, "void", http));
        await payment.StartAsync();
        service.settings["services:payment:http:0"] = payment.Urls.Single();
        service.Client = service.AddReplica();
        await service.ScheduleRaceAsync(capacity, allowsDuplicates);
        return service;
    }

    /// <summary>One more process on the same database, on a machine whose clock is off by <paramref name="skew"/>.</summary>
    public HttpClient AddReplica(TimeSpan skew = default)
    {
        var replica = new ServiceHost<Race>(settings, services => services.AddKeyedSingleton<TimeProvider>(DatabaseClock.Machine, new SkewedClock(skew)));
        replicas.Add(replica);
        return replica.CreateClient();
    }

    public static object Runner(string name = "HJK1", string? token = null, Guid? race = null, int? amount = 20_000) => new
    {
        raceId = race ?? RaceId, name, phoneNo = "010-1234-4256", address = "경기도성남시", topSize = "110", bottomSize = "100", amount, payment = token is null ? null : new { token },
    };

    public static async Task<(HttpStatusCode Status, JsonNode Body)> RegisterAsync(HttpClient client, object? runner = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/registrations") { Content = JsonContent.Create(runner ?? Runner()) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await client.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    public static async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpClient client, HttpMethod method, string path, string accessKey)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessKey) } };
        using var response = await client.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    /// <summary>An organiser's call, or a runner's with <paramref name="accessKey"/>.</summary>
    public static async Task<(HttpStatusCode Status, JsonNode Body)> CallAsync(HttpClient client, HttpMethod method, string path, object? body = null, string? accessKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (accessKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessKey);
        using var response = await client.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    /// <summary>One round of the worker that erases what was kept long enough, in the first replica or the last; returns how many it erased.</summary>
    public Task<int> RetainAsync(bool inTheLast = false) => replicas[inTheLast ? ^1 : 0].Services.GetServices<IHostedService>().OfType<RetentionWorker>().Single().RoundAsync(CancellationToken.None);

    /// <summary>The types of the race's events, in the order of their versions, which have no gap.</summary>
    public async Task<IReadOnlyList<string>> RaceEventsAsync(Guid? race = null)
    {
        await using var select = Database.CreateCommand("SELECT version, type FROM outbox WHERE stream = 'races' AND aggregate_id = $1 ORDER BY version");
        select.Parameters.AddWithValue(race ?? RaceId);
        await using var rows = await select.ExecuteReaderAsync();
        var types = new List<string>();
        int? last = null;
        while (await rows.ReadAsync())
        {
            if (last is not null) Assert.Equal(last + 1, rows.GetInt32(0));
            last = rows.GetInt32(0);
            types.Add(rows.GetString(1)["marathon.races.".Length..^".v1".Length]);
        }
        Assert.Equal(last ?? 2, await CountAsync($"SELECT version FROM races WHERE id = '{race ?? RaceId}'"));
        return types;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Keeps others from the rows that <paramref name="locking"/> locks, until it is disposed of.</summary>
    public async Task<IAsyncDisposable> GateAsync(string locking)
    {
        var connection = await Database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("BEGIN; " + locking, connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>The one through which every hold goes, and whoever gives a place back.</summary>
    public Task<IAsyncDisposable> DivisionGateAsync() => GateAsync($"SELECT FROM divisions WHERE id = '{DivisionId}' FOR UPDATE");

    /// <summary>Waits until so many wait for a lock.</summary>
    public Task WaitersAsync(int count) => Eventually.TrueAsync(async () =>
        await CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == count, because: $"not {count} wait");

    public Task<long> TakenAsync() => CountAsync($"SELECT taken FROM divisions WHERE id = '{DivisionId}'");

    /// <summary>The counter is what the rows say, and never above capacity.</summary>
    public async Task AssertBooksBalanceAsync() => Assert.Equal(0, await CountAsync("""
        SELECT count(*) FROM divisions WHERE taken > capacity
          OR taken <> (SELECT count(*) FROM registrations WHERE division_id = divisions.id AND status IN ('HELD', 'REGISTERED'))
        """));

    /// <summary>A request's process died after the hold: its time to answer is long over.</summary>
    public async Task AbandonAsync(string number)
    {
        await using var command = Database.CreateCommand("UPDATE registrations SET resolve_at = now() - interval '1 second', awaits_payment = false WHERE number = $1");
        command.Parameters.AddWithValue(number);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What the requests of the first replica, and its resolver, do their work with.</summary>
    public IRegistrations Registrations => replicas[0].Services.GetRequiredService<IRegistrations>();

    /// <summary>The hold of somebody with this name, as a request under this key asks for it; it has all the time that a slow machine needs.</summary>
    public HeldRegistration Wish(string name, string? idempotencyKey = null)
    {
        var race = replicas[0].Services.GetRequiredService<IRaces>().Find(RaceId)!;
        return new HeldRegistration(Guid.CreateVersion7(), RegistrationNumber.From(RandomNumberGenerator.GetBytes(5)), RandomNumberGenerator.GetBytes(32), race, race.Divisions[0],
            Domain.Runner.Stored(name, "010-1234-4256", "Seoul", "110", "100", "ko"), 20_000, PaymentToken: null,
            idempotencyKey is null ? null : new IdempotencyKey(idempotencyKey, [1]), DateTimeOffset.UtcNow.AddMinutes(1), DateTimeOffset.UtcNow.AddMinutes(10), TraceParent: null);
    }

    /// <summary>The registration, for which nobody else looks meanwhile.</summary>
    public Task<HeldRegistration> LeaseAsync(JsonNode registration) => Eventually.GetAsync(async () =>
    {
        var unsettled = await Registrations.LeaseUnsettledAsync(10, DateTimeOffset.UtcNow.AddHours(1), TimeSpan.FromHours(1), CancellationToken.None);
        return Assert.Single(unsettled, found => found.Held.Id == (Guid)registration["registerId"]!).Held;
    });

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var replica in replicas) await replica.DisposeAsync();
        await payment.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task<IResult> SettleAsync(Guid registrationId, string action, HttpContext http)
    {
        Asked.Enqueue(registrationId);
        if (Takes > TimeSpan.Zero)
        {
            lock (Asked) MostAtOnce = Math.Max(MostAtOnce, ++atOnce);
            try { await Task.Delay(Takes, http.RequestAborted); }
            finally { lock (Asked) atOnce--; }
        }
        if (Answers(action) is not { } answer)
        {
            if (Begins) await http.Response.WriteAsync("{", http.RequestAborted);
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return Results.Empty;
        }
        return Results.Ok(new { status = Outcomes.GetOrAdd(registrationId, answer) });
    }

    private async Task ScheduleRaceAsync(int capacity, bool allowsDuplicates)
    {
        await using var insert = Database.CreateCommand($$"""
            INSERT INTO races (id, name, place, date, status, opens_at, closes_at, currency, allows_duplicates, hold_seconds, refund_tiers, version)
            VALUES ('{{RaceId}}', 'Test Race', 'Seoul', current_date + 100, 'OPEN', now() - interval '1 day', now() + interval '90 days', 'KRW', {{allowsDuplicates}}, 600,
                    '[{"daysBefore": 14, "percent": 100}]', 2);
            INSERT INTO divisions (id, race_id, name, fee, capacity, top_sizes, bottom_sizes)
            VALUES ('{{DivisionId}}', '{{RaceId}}', '10 km', 20000, {{capacity}}, '{100,105,110}', '{95,100}');
            """);
        await insert.ExecuteNonQueryAsync();
        await Eventually.TrueAsync(async () =>
        {
            using var response = await Client.GetAsync($"/races/{RaceId}");
            return response.IsSuccessStatusCode;
        });
    }
}

/// <summary>The clock of a machine that nobody has set.</summary>
internal sealed class SkewedClock(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
}
