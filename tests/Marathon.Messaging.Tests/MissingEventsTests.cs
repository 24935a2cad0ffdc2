using Marathon.Contracts;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>An event that never came is asked for, and nobody waits for ever.</summary>
[Collection(nameof(Servers))]
public sealed class MissingEventsTests(Servers servers)
{
    private const string NoBroker = "127.0.0.1:1";

    private async Task<Party> ListenAsync(string name, string database, string? kafka = null, Func<IntegrationEvent, int, UnitOfWork, Task>? before = null, string askAfter = "00:00:00.100") =>
        await Party.StartAsync(name, database, kafka ?? servers.Kafka, listens: false, settings: [("Messaging:AskAfter", askAfter)],
            configure: builder => builder.Services.AddSingleton(new Before(before ?? ((_, _, _) => Task.CompletedTask))),
            on: handlers => handlers.On<GoodsDelivered, Note<GoodsDelivered>>());

    /// <summary>A teller that has these events in its outbox, and takes them for sent.</summary>
    private async Task<Party> ToldAsync(string name, IReadOnlyCollection<(IntegrationEvent, int)> events)
    {
        var database = await servers.CreateDatabaseAsync();
        await using (var cutOff = await Party.StartAsync(name, database, NoBroker, listens: false))
        {
            await cutOff.TellAsync(events);
            await Eventually.TrueAsync(async () => await cutOff.Database.RowsAsync("SELECT count(*) FROM outbox_cursor") is ["2"]);
            await cutOff.Database.ExecuteAsync("UPDATE outbox_cursor SET snap = pg_current_snapshot()");
        }
        return await Party.StartAsync(name, database, servers.Kafka, listens: false);
    }

    /// <summary>How often a thing was asked for.</summary>
    private static async Task<int> AskedAsync(Party party, Guid thing) => int.Parse((await party.Database.RowsAsync(
        "SELECT count(*) FROM outbox WHERE stream = 'resends' AND convert_from(payload, 'UTF8') LIKE '%' || $1 || '%'", thing.ToString()))[0], null);

    [Fact]
    public async Task Event_WhenTheOneBeforeItNeverCame_AsksForIt_AndAllAreAppliedInOrder()
    {
        var (gap, gone, whole) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var told = Enumerable.Range(1, 5).SelectMany(version => new[] { gap, gone, whole }.Select(thing => (Event: Samples.Delivered(thing), Version: version))).ToList();
        await using var teller = await ToldAsync(Samples.Name(), told);
        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        using var broker = new Broker(servers.Kafka);

        await broker.SendAsync(teller.Name, told.Where(entry => entry.Event.AggregateId == whole || (entry.Event.AggregateId == gap ? entry.Version != 3 : entry.Version == 5)));

        await listener.HeardAsync(5, gap, gone, whole);
        Assert.Empty(await listener.Database.RowsAsync("SELECT 1 FROM parked_events WHERE aggregate_id = ANY ($1)", new[] { gap, gone, whole }));
        // Only what is missed is sent again.
        Assert.DoesNotContain(whole, broker.Sent("deliveries", teller.Name).Where(sent => sent.Count() > 5).Select(sent => sent.Key));
    }

    [Fact]
    public async Task Event_WhenNobodyAnswers_IsAskedForLessAndLessOften()
    {
        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync(), askAfter: "00:00:00.050");
        var thing = Guid.CreateVersion7();
        // By the database's clock: between the request and its row any time may pass.
        await listener.Database.ExecuteAsync("""
            CREATE TABLE requests (id bigint, at timestamptz, again timestamptz);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO requests SELECT NEW.id, now(), NEW.ask_at; RETURN NEW; END';
            CREATE TRIGGER noted AFTER UPDATE ON parked_events FOR EACH ROW EXECUTE FUNCTION note();
            """);

        await listener.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 3, "nobody"), Samples.Heard(Samples.Delivered(thing), 2, "nobody"));

        // Two events wait, and one request is made for both.
        await Eventually.TrueAsync(async () => await AskedAsync(listener, thing) >= 5);
        // For each the pause is twice as long as the one before it, and it passes at least.
        var pauses = await listener.Database.RowsAsync("SELECT DISTINCT round(extract(epoch FROM again - at) * 1000) FROM requests ORDER BY 1 LIMIT 5");
        Assert.Equal(["100", "200", "400", "800", "1600"], pauses);
        Assert.Empty(await listener.Database.RowsAsync("""
            SELECT concat_ws(' ', id, at, 'though it was to be at', earliest)
            FROM (SELECT id, at, lag(again) OVER (PARTITION BY id ORDER BY at) AS earliest FROM requests) AS request WHERE at < earliest
            """));
    }

    [Fact]
    public async Task Event_WhenAskedForManyTimes_IsAskedForStill()
    {
        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        var (thing, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await listener.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 2, "nobody"));
        await Eventually.TrueAsync(async () => await AskedAsync(listener, thing) > 0);

        // After two months of one request an hour.
        await listener.Database.ExecuteAsync("UPDATE parked_events SET asked = 1500, ask_at = now() WHERE aggregate_id = $1", thing);
        var before = await AskedAsync(listener, thing);

        await Eventually.TrueAsync(async () => await AskedAsync(listener, thing) == before + 1);
        Assert.Equal(["True"], await listener.Database.RowsAsync("SELECT ask_at - now() BETWEEN '50 min' AND '1 hour' FROM parked_events WHERE aggregate_id = $1", thing));
        await listener.ApplyAsync(Samples.Heard(Samples.Delivered(other), 2, "nobody"));
        await Eventually.TrueAsync(async () => await AskedAsync(listener, other) > 0);
    }

    [Fact]
    public async Task Event_WhenBehindADeadLetter_IsNotAskedFor_HoweverManyThereAre()
    {
        var poisoned = Enumerable.Range(0, 1200).Select(_ => Guid.CreateVersion7()).ToHashSet();
        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync(),
            before: (told, _, _) => poisoned.Contains(told.AggregateId) ? throw new InvalidOperationException("bad luck") : Task.CompletedTask);
        var missing = Guid.CreateVersion7();
        // As after 1,200 failures: a letter each, and one that waits behind it.
        await listener.Database.ExecuteAsync("""
            INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, occurred_at, ask_at)
            SELECT state, 'nobody', 'deliveries', id, version, 'marathon.deliveries.goods-delivered.v1', '{}', now(), now() - interval '1 hour'
            FROM unnest($1::uuid[]) AS id, (VALUES ('failed', 1), ('waiting', 2)) AS letter (state, version)
            """, poisoned.ToArray());

        await listener.ApplyAsync(Samples.Heard(Samples.Delivered(missing), 2, "nobody"));

        await Eventually.TrueAsync(async () => await AskedAsync(listener, missing) >= 2);
        Assert.Equal(["0"], await listener.Database.RowsAsync("SELECT DISTINCT asked FROM parked_events WHERE aggregate_id = ANY ($1)", poisoned.ToArray()));
    }

    [Fact]
    public async Task Event_WhenParkedWhileAnotherConsumerAppliedIt_DoesNotWaitForEver()
    {
        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        var thing = Guid.CreateVersion7();
        await listener.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 1), Samples.Heard(Samples.Delivered(thing), 2), Samples.Heard(Samples.Delivered(thing), 3));
        await listener.Database.ExecuteAsync("""
            INSERT INTO parked_events (state, source, stream, aggregate_id, version, type, payload, occurred_at)
            VALUES ('waiting', 'nobody', 'deliveries', $1, 3, 'marathon.deliveries.goods-delivered.v1', '{}', now())
            """, thing);

        await Eventually.TrueAsync(async () => (await listener.Database.RowsAsync("SELECT 1 FROM parked_events WHERE aggregate_id = $1", thing)).Count == 0);
        await listener.HeardAsync(3, thing);
    }

    [Fact]
    public async Task Log_WhenItForgotWhatWasNotReadYet_IsAskedFor_AndAllIsAppliedInOrder()
    {
        var (database, thing) = (await servers.CreateDatabaseAsync(), Guid.CreateVersion7());
        await using var teller = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        using var broker = new Broker(servers.Kafka);
        await using (var before = await ListenAsync(Samples.Name(), database))
        {
            await teller.TellAsync((Samples.Delivered(thing), 1));
            await before.HeardAsync(1, thing);
        }

        // While nobody listens: two more, and then so much that the log keeps none of the three.
        await teller.TellAsync((Samples.Delivered(thing), 2), (Samples.Delivered(thing), 3));
        await teller.SentAsync();
        await broker.ForgetAsync(broker.Where("deliveries", thing), teller.Name);
        Assert.Empty(broker.Sent("deliveries", teller.Name)[thing]);

        // Where it goes on is in its database; under another name it need not wait until its group has noticed that it was gone.
        await using var again = await ListenAsync(Samples.Name(), database);
        await again.HeardAsync(3, thing);
        // And one that begins only now.
        await using var late = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        await late.HeardAsync(3, thing);
        // From then on nothing is missed any more.
        await teller.TellAsync((Samples.Delivered(thing), 4));
        await again.HeardAsync(4, thing);
        await late.HeardAsync(4, thing);
        Assert.Single(await again.Database.RowsAsync("SELECT 1 FROM outbox WHERE stream = 'resends' AND convert_from(payload, 'UTF8') LIKE '%' || $1 || '%'", teller.Name));
    }

    [Fact]
    public async Task Log_WhenWhatComesAfterTheGapIsMalformed_IsAskedForAllTheSame()
    {
        var thing = Guid.CreateVersion7();
        await using var teller = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        await teller.TellAsync((Samples.Delivered(thing), 1));
        await teller.SentAsync();
        using var broker = new Broker(servers.Kafka);
        await broker.ForgetAsync(broker.Where("deliveries", thing), teller: null);

        await using var listener = await ListenAsync(Samples.Name(), await servers.CreateDatabaseAsync());
        await listener.HeardAsync(1, thing);
    }
}
