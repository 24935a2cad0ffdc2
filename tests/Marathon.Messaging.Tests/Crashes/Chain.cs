using System.Globalization;
using System.Security.Cryptography;
using Marathon.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>How a chain is made.</summary>
internal sealed record ChainOptions
{
    /// <summary>Writers at once in each teller.</summary>
    public int Writers { get; init; } = 6;

    /// <summary>Aggregates: few of them make much waiting.</summary>
    public int Things { get; init; } = 40;

    /// <summary>Events per second that each teller writes, at most; 0: as many as it can.</summary>
    public int Rate { get; init; }

    /// <summary>Processes of each service, at the start.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Processes of the teller that are going to write; not fewer than <see cref="Replicas"/>.</summary>
    public int Writing { get; init; } = 1;

    /// <summary>The broker, if it is not the servers'.</summary>
    public string? Kafka { get; init; }

    /// <summary>Failpoints of every life of every process.</summary>
    public string? Failpoints { get; init; }
}

/// <summary>
/// Two services of real processes: the teller writes payments, the follower hears them and tells a delivery for each, the teller hears those. So
/// each has a relay and a consumer under load, and every event can be followed both ways.
/// </summary>
internal sealed class Chain : IAsyncDisposable
{
    public const string Payments = "payments", Deliveries = "deliveries";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Servers servers;
    private readonly ChainOptions options;
    private readonly string tellerAddress, followerAddress;

    private Chain(Servers servers, ChainOptions options, string tellerAddress, string followerAddress, ITestOutputHelper output)
    {
        (this.servers, this.options, this.tellerAddress, this.followerAddress, Output) = (servers, options, tellerAddress, followerAddress, output);
        TellerDb = NpgsqlDataSource.Create(tellerAddress);
        FollowerDb = NpgsqlDataSource.Create(followerAddress);
    }

    /// <summary>Of the test that uses it now.</summary>
    public ITestOutputHelper Output { get; set; }

    /// <summary>The last check was passed, and nothing has been done since.</summary>
    public bool IsAtRest { get; set; }

    /// <summary>The first four bytes of the ids of its things.</summary>
    public uint Run { get; } = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));

    public List<WorkerProcess> Tellers { get; } = [];

    public List<WorkerProcess> Followers { get; } = [];

    public WorkerProcess Teller => Tellers[0];

    public WorkerProcess Follower => Followers[0];

    public NpgsqlDataSource TellerDb { get; }

    public NpgsqlDataSource FollowerDb { get; }

    public IEnumerable<WorkerProcess> Everybody => Tellers.Concat(Followers);

    public static async Task<Chain> StartAsync(Servers servers, ITestOutputHelper output, ChainOptions? options = null)
    {
        var chain = new Chain(servers, options ?? new ChainOptions(), await servers.CreateDatabaseAsync(), await servers.CreateDatabaseAsync(), output);
        for (var replica = 0; replica < chain.options.Replicas; replica++)
        {
            chain.AddTeller();
            chain.AddFollower();
        }
        foreach (var worker in chain.Everybody) await worker.ListeningAsync();
        return chain;
    }

    /// <summary>One more process of the teller.</summary>
    public WorkerProcess AddTeller(string? failpoints = null) => Add(Tellers, "teller", tellerAddress, failpoints, ("Worker__Hears", "true"),
        ("Worker__Writers", Text(Tellers.Count < options.Writing ? options.Writers : 0)),
        ("Worker__FirstWriter", Text(Tellers.Count * options.Writers)),
        ("Worker__AllWriters", Text(options.Writing * options.Writers)));

    /// <summary>One more process of the follower.</summary>
    public WorkerProcess AddFollower(string? failpoints = null) => Add(Followers, "follower", followerAddress, failpoints, ("Worker__Follows", "true"));

    /// <summary>Has the writers commit so many events more; returns at once.</summary>
    public Task WriteAsync(long events) => TellerDb.ExecuteAsync(
        "INSERT INTO plan (events) VALUES ($1) ON CONFLICT (one) DO UPDATE SET events = plan.events + excluded.events", events);

    /// <summary>As many, and again as many until <paramref name="poison"/> is among them: which thing is told of is left to chance.</summary>
    public async Task WriteAsync(long events, (Guid Thing, int Version) poison)
    {
        do
        {
            await WriteAsync(events);
            await WrittenAsync();
        }
        while (await NumberAsync(TellerDb, "SELECT coalesce(max(version), 0)::bigint FROM things WHERE stream = $1 AND id = $2", Payments, poison.Thing) < poison.Version);
    }

    /// <summary>The teller's name as a service.</summary>
    public string TellerName => $"teller-{Run:x8}";

    /// <summary>How many events the teller has committed.</summary>
    public Task<long> ToldAsync() => ToldAsync(TellerDb, Payments);

    /// <summary>Waits until all that was planned is committed, whatever becomes of it.</summary>
    public Task WrittenAsync() => Eventually.TrueAsync(
        async () => await ToldAsync() == await NumberAsync(TellerDb, "SELECT coalesce(sum(events), 0)::bigint FROM plan"), Patience, "the writers do not come to an end");

    /// <summary>How many events are told and not yet applied, both ways.</summary>
    public async Task<long> BacklogAsync() =>
        await ToldAsync(TellerDb, Payments) - await AppliedAsync(FollowerDb, Payments) + await ToldAsync(FollowerDb, Deliveries) - await AppliedAsync(TellerDb, Deliveries);

    /// <summary>Waits until the writers have committed so many events more than there are now.</summary>
    public async Task ToldMoreAsync(long events)
    {
        var before = await ToldAsync();
        await Eventually.TrueAsync(async () => await ToldAsync() >= before + events, Patience, $"not {events} events more were told");
    }

    /// <summary>Makes the follower fail at the next event but one of an aggregate; returns which.</summary>
    public async Task<(Guid Thing, int Version)> PoisonAsync(int number = 0)
    {
        var thing = ThingId(number);
        var version = 2 + (int)await NumberAsync(TellerDb, "SELECT coalesce(max(version), 0)::bigint FROM things WHERE stream = $1 AND id = $2", Payments, thing);
        await FollowerDb.ExecuteAsync("INSERT INTO poison (aggregate_id, version) VALUES ($1, $2)", thing, version);
        return (thing, version);
    }

    /// <summary>Waits until the event is a dead letter, heals the follower, and has the letter applied again, as an operator would.</summary>
    public async Task CureAsync(Guid thing, int version)
    {
        var id = 0L;
        await Eventually.TrueAsync(async () =>
        {
            if (await FollowerDb.RowsAsync("SELECT id FROM parked_events WHERE state = 'failed' AND aggregate_id = $1 AND version = $2", thing, version) is not [var letter]) return false;
            id = long.Parse(letter, CultureInfo.InvariantCulture);
            return true;
        }, Patience, "there is no dead letter");
        await FollowerDb.ExecuteAsync("DELETE FROM poison");
        await Follower.PostAsync($"/deadletters/{id}/replay");
    }

    /// <summary>The database server is another process than before: our connections to it are dead.</summary>
    public void Reconnect()
    {
        TellerDb.Clear();
        FollowerDb.Clear();
    }

    /// <summary>Waits until all that was planned is committed, both services have applied everything, and nothing is parked.</summary>
    public async Task DrainAsync(TimeSpan? within = null)
    {
        var state = "";
        try
        {
            await Eventually.TrueAsync(async () =>
            {
                var planned = await NumberAsync(TellerDb, "SELECT coalesce(sum(events), 0)::bigint FROM plan");
                var payments = await ToldAsync(TellerDb, Payments);
                var followed = await AppliedAsync(FollowerDb, Payments);
                var deliveries = await ToldAsync(FollowerDb, Deliveries);
                var heard = await AppliedAsync(TellerDb, Deliveries);
                state = $"planned {planned}, payments told {payments} and followed {followed}, deliveries told {deliveries} and heard {heard}";
                return planned == payments && payments == followed && followed == deliveries && deliveries == heard;
            }, within ?? Patience);
        }
        catch (Xunit.Sdk.XunitException)
        {
            Assert.Fail($"It is not drained: {state}.\n{await EvidenceAsync()}");
        }
    }

    /// <summary>The proof: waits until everything is applied, and looks at every row.</summary>
    public async Task<IReadOnlyList<Audit>> CheckAsync(TimeSpan? within = null)
    {
        await DrainAsync(within);
        var audits = new[] { await Audit.OfAsync(TellerDb, FollowerDb, Payments, Run), await Audit.OfAsync(FollowerDb, TellerDb, Deliveries, Run) };
        foreach (var audit in audits) Output.WriteLine($"{audit}");
        Assert.All(audits, audit => Assert.True(audit.IsClean, $"{audit}"));
        Assert.Equal(audits[0].Told, audits[1].Told);
        Assert.Empty(Everybody.SelectMany(worker => worker.Failures));
        IsAtRest = true;
        return audits;
    }

    public static async Task<long> NumberAsync(NpgsqlDataSource database, string sql, params object[] parameters) =>
        long.Parse((await database.RowsAsync(sql, parameters)).Single(), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in Everybody) await worker.DisposeAsync();
        await TellerDb.DisposeAsync();
        await FollowerDb.DisposeAsync();
    }

    /// <summary>What is needed to understand why it does not go on.</summary>
    private async Task<string> EvidenceAsync()
    {
        var evidence = new List<string>();
        foreach (var (name, database) in new[] { ("teller", TellerDb), ("follower", FollowerDb) })
        {
            foreach (var sql in (string[])
            [
                "SELECT 'cursor ' || outbox_cursor::text || ' now ' || pg_current_snapshot() FROM outbox_cursor",
                "SELECT 'replay ' || outbox_replays::text FROM outbox_replays WHERE finished_at IS NULL",
                "SELECT 'position ' || consumer_positions::text FROM consumer_positions ORDER BY 1",
                "SELECT 'parked ' || state || ' ' || stream || ' ' || aggregate_id || ' ' || version || ' asked ' || asked || ' ' || coalesce(left(error, 200), '') FROM parked_events ORDER BY parked_at LIMIT 20",
                "SELECT 'session ' || pid || ' ' || state || ' ' || left(query, 120) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            ])
            {
                try { evidence.AddRange((await database.RowsAsync(sql)).Select(row => $"{name}: {row}")); }
                catch (NpgsqlException exception) { evidence.Add($"{name}: {exception.Message}"); }
            }
        }
        foreach (var worker in Everybody) evidence.AddRange(["", $"deaths {string.Join(' ', worker.Deaths)}", .. worker.Failures, .. worker.Tail]);
        return string.Join('\n', evidence);
    }

    private WorkerProcess Add(List<WorkerProcess> replicas, string name, string database, string? failpoints, params (string Name, string Value)[] settings)
    {
        var run = Run.ToString("x8", CultureInfo.InvariantCulture);
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__db"] = database,
            ["ConnectionStrings__kafka"] = options.Kafka ?? servers.Kafka,
            ["Services__Key"] = "the services' key of a test",
            ["Worker__Name"] = $"{name}-{run}",
            ["Worker__Run"] = Text(Run),
            ["Worker__Things"] = Text(options.Things),
            ["Worker__Rate"] = Text(options.Rate),
            ["Worker__IsPoisonable"] = "true",
            ["Messaging__RetryDelay"] = "00:00:00.100",
            ["Messaging__ClusterCheckInterval"] = "00:00:01",
            ["Messaging__AskAfter"] = "00:00:01",
            // Apache Kafka allows no less than six seconds, unless it is told to.
            ["Kafka__SessionTimeout"] = Servers.IsKafkaEmbedded ? "00:00:01.500" : "00:00:06",
            ["Logging__LogLevel__Marathon"] = Environment.GetEnvironmentVariable("MARATHON_TEST_LOG_LEVEL") ?? "Information",
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (key, value) in settings) environment[key] = value;
        var worker = WorkerProcess.Start($"{name}{replicas.Count + 1}", environment, failpoints ?? options.Failpoints);
        replicas.Add(worker);
        return worker;
    }

    private static Task<long> ToldAsync(NpgsqlDataSource database, string stream) =>
        NumberAsync(database, "SELECT coalesce(sum(version), 0)::bigint FROM things WHERE stream = $1", stream);

    private Task<long> AppliedAsync(NpgsqlDataSource database, string stream) =>
        NumberAsync(database, "SELECT coalesce(sum(version), 0)::bigint FROM inbox WHERE stream = $1 AND aggregate_id BETWEEN $2 AND $3",
            stream, IdOf(new string('0', 24)), IdOf(new string('f', 24)));

    /// <summary>As the workers number them.</summary>
    private Guid ThingId(int number) => IdOf(new string('0', 16) + number.ToString("x8", CultureInfo.InvariantCulture));

    private Guid IdOf(string rest) => Guid.ParseExact(Run.ToString("x8", CultureInfo.InvariantCulture) + rest, "N");

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
