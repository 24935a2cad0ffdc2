using Marathon.Testing;

namespace Marathon.Messaging.Tests;

/// <summary>From a commit in one service to its effect in another: a real database for each, a real broker between them.</summary>
[Collection(nameof(Servers))]
public sealed class DeliveryTests(Servers servers)
{
    private static string Group() => "g" + Guid.NewGuid().ToString("N")[..12];

    private static async Task AssertHeardAsync(Party listener, IReadOnlyDictionary<Guid, int> told)
    {
        await Eventually.TrueAsync(async () =>
        {
            var heard = await listener.HeardAsync();
            return told.All(thing => heard[thing.Key].Count() >= thing.Value);
        }, TimeSpan.FromSeconds(40), "not everything was heard");
        var all = await listener.HeardAsync();
        foreach (var (thing, count) in told) Assert.Equal(Enumerable.Range(1, count), all[thing]);
    }

    [Fact]
    public async Task Event_WhenCommitted_IsAppliedOnce_AndWhenRolledBackNever()
    {
        await using var teller = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        await using var listener = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: true);
        var (told, taken) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        await teller.TellAsync(taken, commit: false);
        await teller.TellAsync(told);

        await AssertHeardAsync(listener, new Dictionary<Guid, int> { [told] = 1 });
        Assert.Empty((await listener.HeardAsync())[taken]);
    }

    [Fact]
    public async Task Events_OfManyWriters_AreAppliedOnceEachAndInOrderOfTheirThing()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var teller = await Party.StartAsync(Group(), database, servers.Kafka, listens: false);
        // A second replica of the teller: only one relay leads.
        await using var second = await Party.StartAsync(Group(), database, servers.Kafka, listens: false);
        await using var listener = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: true);
        var things = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        const int Writers = 12, Each = 60;

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);
            for (var i = 0; i < Each; i++) await (writer % 2 == 0 ? teller : second).TellAsync(things[random.Next(things.Length)], commit: random.Next(10) > 0);
        }));

        var versions = new Dictionary<Guid, int>();
        await using (var select = teller.Database.CreateCommand("SELECT id, version FROM things"))
        await using (var rows = await select.ExecuteReaderAsync())
            while (await rows.ReadAsync()) versions[rows.GetGuid(0)] = rows.GetInt32(1);
        await AssertHeardAsync(listener, versions);
    }

    [Fact]
    public async Task Events_WhenTwoListenersShareTheWork_AreAppliedOnceEach()
    {
        var (group, database) = (Group(), await servers.CreateDatabaseAsync());
        await using var teller = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        await using var first = await Party.StartAsync(group, database, servers.Kafka, listens: true);
        var told = Enumerable.Range(0, 30).ToDictionary(_ => Guid.CreateVersion7(), _ => 10);

        var telling = Parallel.ForEachAsync(told, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (thing, _) =>
        {
            for (var i = 0; i < thing.Value; i++) await teller.TellAsync(thing.Key);
        });
        await using (await Party.StartAsync(group, database, servers.Kafka, listens: true)) await telling;

        await AssertHeardAsync(first, told);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_WhenTheListenersDatabaseForgetsThem_AreReadAgain(bool hearsOfOthers)
    {
        await using var teller = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        await using var listener = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: true,
            settings: [("Messaging:ClusterCheckInterval", hearsOfOthers ? "01:00:00" : "00:00:00.100")]);
        Dictionary<Guid, int> before = Things(), forgotten = Things(), after = hearsOfOthers ? Things() : [];
        foreach (var thing in before.Keys) await teller.TellAsync(thing);
        await AssertHeardAsync(listener, before);
        await listener.Database.ExecuteAsync("CREATE TABLE inbox_then AS TABLE inbox; CREATE TABLE heard_then AS TABLE heard; CREATE TABLE positions_then AS TABLE consumer_positions");
        foreach (var thing in forgotten.Keys) await teller.TellAsync(thing);
        await AssertHeardAsync(listener, forgotten);

        // As after failing over to a replica that lacked the last commits. The consumer lives on, and hears of others next, or of nobody.
        await listener.Database.ExecuteAsync("""
            BEGIN; DELETE FROM inbox; DELETE FROM heard; DELETE FROM consumer_positions;
            INSERT INTO inbox TABLE inbox_then; INSERT INTO heard TABLE heard_then; INSERT INTO consumer_positions TABLE positions_then; COMMIT
            """);
        foreach (var thing in after.Keys) await teller.TellAsync(thing);

        await AssertHeardAsync(listener, before.Concat(forgotten).Concat(after).ToDictionary());

        static Dictionary<Guid, int> Things() => Enumerable.Range(0, 40).ToDictionary(_ => Guid.CreateVersion7(), _ => 1);
    }

    [Fact]
    public async Task Event_WhenItCannotBeApplied_IsParked_AndHoldsUpOnlyItsOwnThing()
    {
        var healed = false;
        var (good, bad) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var teller = await Party.StartAsync(Group(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false);
        var (group, database) = (Group(), await servers.CreateDatabaseAsync());
        await using var listener = await Party.StartAsync(group, database, servers.Kafka, listens: true,
            poison: completed => completed.RegistrationId == bad && completed.Amount == 2 && !healed ? "bad luck" : null);

        for (var i = 0; i < 3; i++) await teller.TellAsync(bad);
        for (var i = 0; i < 3; i++) await teller.TellAsync(good);

        await AssertHeardAsync(listener, new Dictionary<Guid, int> { [good] = 3, [bad] = 1 });
        await Eventually.TrueAsync(async () => (await listener.ParkedAsync()).SequenceEqual(["2 failed", "3 waiting"]));

        // Sent again, as after a broker was lost, it is tried again, and what waited behind it follows.
        healed = true;
        await using (var reset = teller.Database.CreateCommand("UPDATE outbox_cursor SET cluster_id = 'another'")) await reset.ExecuteNonQueryAsync();
        await AssertHeardAsync(listener, new Dictionary<Guid, int> { [good] = 3, [bad] = 3 });
        Assert.Empty(await listener.ParkedAsync());
    }
}
