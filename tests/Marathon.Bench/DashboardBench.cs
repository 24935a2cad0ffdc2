using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marathon.Testing;

namespace Marathon.Bench;

/// <summary>
/// The read side with a million registrations in it: how long my page and lists take while people register at a rate, how soon one who registered sees it, and what open
/// streams cost. The registrations are put into the dashboard's own tables, as events would, and digested by the service itself.
/// </summary>
internal static class DashboardBench
{
    private const string Key = "the key of every runner who was made here";
    private const string Surnames = "김이박최정강조윤장임한오서신권황안송류홍";

    private static readonly TimeSpan FillDeadline = TimeSpan.FromMinutes(20), Patience = TimeSpan.FromSeconds(10), LookAgain = TimeSpan.FromMilliseconds(25);

    /// <summary>Of those who register, one in so many looks for themselves.</summary>
    private const int Lookers = 200;

    public static async Task<bool> RunAsync(Options options)
    {
        var (rows, seconds, rate, streams, pause) = (options["rows"], options["seconds"], options["rate"], options["streams"], TimeSpan.FromMilliseconds(options["pause"]));
        Console.WriteLine($"{Environment.ProcessorCount} cores; the whole system, its servers and the load generator on them. {rows:N0} registrations, {rate:N0}/s more for {seconds} s.");
        await using var system = await RunningSystem.StartAsync([("fulfilment", "Fulfilment__DispatchAfter", "1.00:00:00"), ("fulfilment", "Fulfilment__OpeningStock", "0")]);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false, MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = system.Gateway, Timeout = Patience };
        await FillAsync(system, rows);
        var race = await system.OpenRaceAsync("Bench", 1_000_000, allowsDuplicates: true);

        // Readers come when they like, and not all of them at once; what they wait for before everything is compiled and prepared is not counted.
        var isMeasured = false;
        using var over = new CancellationTokenSource();
        Task<(string Name, ConcurrentBag<double> Waits, int Failed)>[] readers =
        [
            ReadAsync("my page", _ => http.SendAsync(MyPage(Number(Random.Shared.Next(1, Math.Max(2, rows))), Key))),
            .. Lists(system, rows).Select(list => ReadAsync(list.Name, list.Ask)),
        ];
        // The first half is the compiler's; the second is for what the services find out about a crowd (docs/adr/0013).
        foreach (var slower in (int[])[4, 1]) await RegisterAsync(http, race, rate: Math.Max(1, rate / slower), TimeSpan.FromSeconds(options["warmup"]) / 2, []);
        await DrainAsync(system, race.RaceId);
        ConcurrentBag<double> visible = [];
        Volatile.Write(ref isMeasured, true);
        await using var costs = new Costs(system);
        var (before, machineBefore, watch) = (costs.Processor(), Costs.Machine(), Stopwatch.StartNew());
        var told = await RegisterAsync(http, race, rate, TimeSpan.FromSeconds(seconds), visible);
        var (after, machine) = (costs.Processor(), (Costs.Machine() - machineBefore) / watch.Elapsed.TotalSeconds / Environment.ProcessorCount);
        await over.CancelAsync();
        var read = await Task.WhenAll(readers);

        Console.WriteLine($"\nregistered                {told.Count("201"):N0} of {told.All:N0} that were asked for, {told.Count("201") / (double)seconds:N0}/s: {told}");
        Console.WriteLine($"201, time to the answer   p50 {told.Wait(0.5, "201"):N0} ms, p99 {told.Wait(0.99, "201"):N0} ms, longest {told.Wait(1, "201"):N0} ms");
        Console.WriteLine($"processors                {machine:P0} of all there are: {string.Join(", ", after.Select(process => (process.Key, Took: process.Value - before[process.Key])).OrderByDescending(process => process.Took).Select(process => $"{process.Key} {process.Took:N1} s"))}");
        Console.WriteLine($"201 to visible            {Text(visible)}, of {visible.Count:N0} who looked at my page every {LookAgain.TotalMilliseconds} ms, later by a tenth of what they had waited");
        foreach (var (name, waits, failed) in read) Console.WriteLine($"{name,-25} {Text(waits)}, {waits.Count / (double)seconds:N0}/s{(failed > 0 ? $"; {failed:N0} FAILED" : "")}");
        await DrainAsync(system, race.RaceId);
        if (streams > 0) await OpenAsync(system, http, rows, streams);
        return read.All(each => !each.Waits.IsEmpty && each.Failed == 0) && !visible.IsEmpty;

        async Task<(string Name, ConcurrentBag<double> Waits, int Failed)> ReadAsync(string name, Func<int, Task<HttpResponseMessage>> ask)
        {
            var (waits, failed) = (new ConcurrentBag<double>(), 0);
            for (var i = 0; !over.IsCancellationRequested; i++)
            {
                await Task.Delay(2 * Random.Shared.NextDouble() * pause);
                var watch = Stopwatch.StartNew();
                try
                {
                    using var answer = await ask(i);
                    await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                    if (Volatile.Read(ref isMeasured)) waits.Add(watch.Elapsed.TotalMilliseconds);
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
                {
                    if (Volatile.Read(ref isMeasured)) failed++;
                }
            }
            return (name, waits, failed);
        }
    }

    /// <summary>What organisers look for: asked of the service as the gateway would, for whoever has logged in.</summary>
    private static (string Name, Func<int, Task<HttpResponseMessage>> Ask)[] Lists(RunningSystem system, int rows)
    {
        var dashboard = system.Client("dashboard");
        string Race() => RaceOf(Random.Shared.Next(1, 20)).ToString();
        return
        [
            ("list: everybody", _ => Get("/dashboards")),
            ("list: page 100", _ => Get("/dashboards?page=100")),
            ("list: a race", _ => Get($"/dashboards?raceId={Race()}")),
            ("list: cancelled, a race", _ => Get($"/dashboards?raceId={Race()}&status=CANCELLED")),
            ("list: refunds due", _ => Get("/dashboards?payStatus=REFUND_DUE")),
            ("list: backordered, size", _ => Get("/dashboards?deliveryStatus=BACKORDERED&kitSize=100")),
            ("list: one syllable", _ => Get("/dashboards?q=김")),
            ("list: two syllables", _ => Get("/dashboards?q=철수")),
            ("list: two, of a race", _ => Get($"/dashboards?q=영희&raceId={Race()}")),
            ("list: last digits", _ => Get($"/dashboards?q={Random.Shared.Next(10_000):0000}")),
            ("list: number", _ => Get($"/dashboards?q={Number(Random.Shared.Next(1, Math.Max(2, rows)))}")),
            ("summary: a race", _ => Get($"/dashboards/summary?raceId={Race()}")),
            ("summary: all", _ => Get("/dashboards/summary")),
        ];

        Task<HttpResponseMessage> Get(string path) => dashboard.GetAsync(new Uri(path, UriKind.Relative));
    }

    /// <summary>20 races of 3 divisions, 5 by 5 sizes, names of 20 by 400; a tenth cancelled, a hundredth of those not paid back yet: some five thousand kinds of registrations.</summary>
    private static async Task FillAsync(RunningSystem system, int rows)
    {
        var database = system.Database("dashboard");
        var watch = Stopwatch.StartNew();
        const int Portion = 20_000;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Key)));
        for (var from = 1; from <= rows; from += Portion)
        {
            await using var fill = database.CreateCommand($$"""
                WITH made AS (
                  SELECT i, h, ('0190' || lpad(to_hex(i), 8, '0') || '7000800000000000' || lpad(to_hex(i % 20), 4, '0'))::uuid AS id, i % 20 AS race, h % 3 AS division, h / 3 % 5 AS top, h / 15 % 5 AS bottom,
                    h / 75 % 10 = 3 AS gone, h / 75 % 1000 = 3 AS due, h / 75 % 500 = 1 AS lacks
                  FROM (SELECT i, abs(hashint4(i)::bigint)::int AS h FROM generate_series($1, $2) AS i) AS person),
                registered AS (
                  INSERT INTO registrations (registration_id, number, as_of, registration_version, payment_version, delivery_version, status, access_key_hash, race_id, race_name, race_date,
                    division_id, division_name, name, phone_no, address, top_size, bottom_size, amount, currency, refund_due, registered_at, ended_at, payment_status, paid_at, refunded_amount,
                    delivery_status, bib, received_at)
                  SELECT id, 'M-' || upper(lpad(to_hex(i), 8, '0')), now(), 1, 1, 1, CASE WHEN gone THEN 'CANCELLED' ELSE 'REGISTERED' END, $3,
                    ('0190' || lpad(to_hex(race), 8, '0') || '70008000000000000001')::uuid, 'Race ' || race, current_date + 100,
                    ('01900000-0000-7000-9000-' || lpad(to_hex(race * 3 + division), 12, '0'))::uuid, 'Division ' || division,
                    substr('{{Surnames}}', 1 + h / 7 % 20, 1) || CASE h / 11 % 400 WHEN 0 THEN '철수' WHEN 1 THEN '영희' ELSE chr(44032 + h / 20 % 400) || chr(45032 + h / 13 % 400) END,
                    '010-' || lpad((i / 10000 % 10000)::text, 4, '0') || '-' || lpad((i % 10000)::text, 4, '0'), '1 Hangang-daero, Seoul', (90 + 5 * top)::text, (90 + 5 * bottom)::text,
                    20000, 'KRW', CASE WHEN gone THEN 16000 END, now() - (i || ' s')::interval, CASE WHEN gone THEN now() END, CASE WHEN gone AND NOT due THEN 'REFUNDED' ELSE 'COMPLETED' END, now(),
                    CASE WHEN gone AND NOT due THEN 16000 END, CASE WHEN gone THEN 'CANCELLED' WHEN lacks THEN 'BACKORDERED' ELSE 'READY' END, i, now()
                  FROM made),
                told AS (
                  INSERT INTO messages (message_id, registration_id, version, kind, text, status, at)
                  SELECT gen_random_uuid(), id, 1, 'confirmed', '[Marathon] ' || i, 'ACCEPTED', now() FROM made)
                INSERT INTO changed (ids) SELECT array_agg(id) FROM made
                """);
            foreach (var value in (object[])[from, Math.Min(rows, from + Portion - 1), hash]) fill.Parameters.Add(new() { Value = value });
            fill.CommandTimeout = 600;
            await fill.ExecuteNonQueryAsync();
        }
        Console.WriteLine($"filled                    {rows:N0} rows in {watch.Elapsed.TotalSeconds:N0} s");
        while (await system.NumberAsync("dashboard", "SELECT coalesce(sum(count), 0) FROM cells") < rows)
        {
            if (watch.Elapsed > FillDeadline) throw new TimeoutException("The digest does not come to an end.");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        await using var analyse = database.CreateCommand("VACUUM ANALYZE");
        analyse.CommandTimeout = 600;
        await analyse.ExecuteNonQueryAsync();
        Console.WriteLine($"digested                  after {watch.Elapsed.TotalSeconds:N0} s");
    }

    /// <summary>Returns when everybody of the race is shown, with payment, bib and message: those who were made here nobody else knows.</summary>
    private static async Task DrainAsync(RunningSystem system, Guid race)
    {
        var watch = Stopwatch.StartNew();
        while (await system.NumberAsync("registration", "SELECT count(*) FROM registrations WHERE race_id = $1 AND status IN ('HELD', 'REGISTERED')", race) != await system.NumberAsync("dashboard", """
            SELECT count(*) FROM registrations
            WHERE race_id = $1 AND status = 'REGISTERED' AND payment_status = 'COMPLETED' AND bib IS NOT NULL AND EXISTS (SELECT FROM messages WHERE messages.registration_id = registrations.registration_id)
            """, race))
        {
            if (watch.Elapsed > FillDeadline) throw new TimeoutException("Not everybody is shown.");
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
    }

    private static Guid RaceOf(int race) => Guid.Parse(FormattableString.Invariant($"0190{race:x8}70008000000000000001"));

    /// <summary>Of as many names as those have who are there before.</summary>
    private static string Name(int person) => $"{Surnames[person % Surnames.Length]}{(char)(44032 + (person / 20 % 400))}{(char)(45032 + (person / 13 % 400))}";

    private static string Number(int i) => FormattableString.Invariant($"M-{i:x8}").ToUpperInvariant();

    private static HttpRequestMessage MyPage(string number, string key) =>
        new(HttpMethod.Get, $"/mypage/{number}") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    /// <summary>People who come at a rate, however long the others are still waiting.</summary>
    private static async Task<Answers> RegisterAsync(HttpClient http, (Guid RaceId, Guid DivisionId) race, int rate, TimeSpan during, ConcurrentBag<double> visible)
    {
        const int TicksPerSecond = 500;
        var (asked, watch, waiting, told) = (0, Stopwatch.StartNew(), new List<Task<(string Kind, TimeSpan Took, TimeSpan At)>>(), new Answers());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TicksPerSecond));
        while (watch.Elapsed < during && await timer.WaitForNextTickAsync())
            for (var due = (int)(rate * watch.Elapsed.TotalSeconds); asked < due;) waiting.Add(OneAsync(++asked));
        foreach (var (kind, took, at) in await Task.WhenAll(waiting)) told.Add(kind, took, at);
        return told;

        async Task<(string Kind, TimeSpan Took, TimeSpan At)> OneAsync(int person)
        {
            var (kind, began, answered) = ("no answer", watch.Elapsed, (TimeSpan?)null);
            try
            {
                using var body = new StringContent(
                    $$"""{"raceId":"{{race.RaceId}}","divisionId":"{{race.DivisionId}}","name":"{{Name(person)}}","phoneNo":"010-{{person / 10000 % 10000:0000}}-{{person % 10000:0000}}","address":"1 Hangang-daero, Seoul","topSize":"105","bottomSize":"100","amount":20000}""",
                    Encoding.UTF8, "application/json");
                using var answer = await http.PostAsync(new Uri("/registrations", UriKind.Relative), body);
                (kind, answered) = ($"{(int)answer.StatusCode}", watch.Elapsed);
                if (answer.StatusCode == HttpStatusCode.Created && person % Lookers == 0) await LookAsync(answer);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // No answer, or none to who looks.
            }
            var at = answered ?? watch.Elapsed;
            return (kind, at - began, at);
        }

        async Task LookAsync(HttpResponseMessage answer)
        {
            var since = Stopwatch.StartNew();
            using var registered = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
            var (number, key) = (registered.RootElement.GetProperty("number").GetString()!, registered.RootElement.GetProperty("accessKey").GetString()!);
            while (since.Elapsed < Patience)
            {
                using var page = await http.SendAsync(MyPage(number, key));
                if (page.StatusCode == HttpStatusCode.OK) break;
                await Task.Delay(since.Elapsed / 10 > LookAgain ? since.Elapsed / 10 : LookAgain);
            }
            visible.Add(since.Elapsed.TotalMilliseconds);
        }
    }

    /// <summary>What so many open streams cost, and how long a change takes to all of them.</summary>
    private static async Task OpenAsync(RunningSystem system, HttpClient http, int rows, int streams)
    {
        await using var costs = new Costs(system);
        var before = costs.Memory();
        var open = new ConcurrentBag<(HttpResponseMessage Answer, StreamReader Reader)>();
        await Parallel.ForEachAsync(Enumerable.Range(1, streams), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellationToken) =>
        {
            var ask = MyPage(Number((i % rows) + 1), Key);
            ask.RequestUri = new Uri($"{ask.RequestUri}/events", UriKind.Relative);
            var answer = (await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, cancellationToken)).EnsureSuccessStatusCode();
            var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
            await NextAsync(reader);
            open.Add((answer, reader));
        });
        var after = costs.Memory();
        var watch = Stopwatch.StartNew();
        await using (var change = system.Database("dashboard").CreateCommand("""
            WITH moved AS (UPDATE registrations SET delivery_version = delivery_version + 1, delivery_status = 'DISPATCHED' WHERE bib BETWEEN 1 AND $1 + 1 RETURNING registration_id)
            INSERT INTO changed (ids) SELECT array_agg(registration_id) FROM moved
            """))
        {
            change.Parameters.Add(new() { Value = streams });
            await change.ExecuteNonQueryAsync();
        }
        var arrived = await Task.WhenAll(open.Select(async stream =>
        {
            await NextAsync(stream.Reader);
            return watch.Elapsed.TotalMilliseconds;
        }));
        Console.WriteLine($"{streams:N0} streams".PadRight(26) + string.Join(", ", ((string[])["dashboard", "gateway"]).Select(name => $"{(after[name] - before[name]) * 1024 / streams:N1} kB each in the {name}"))
            + $"; a change of all of them at once reaches them after {Text([.. arrived])}");
        foreach (var (answer, reader) in open)
        {
            reader.Dispose();
            answer.Dispose();
        }

        static async Task NextAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
                if (line.StartsWith("data: ", StringComparison.Ordinal)) return;
            throw new EndOfStreamException("A stream ended.");
        }
    }

    private static string Text(ConcurrentBag<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        return sorted.Length == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"p50 {At(0.5):N1} ms, p99 {At(0.99):N1} ms, longest {sorted[^1]:N0} ms");

        double At(double part) => sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];
    }
}
