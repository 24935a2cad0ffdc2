using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marathon.Messaging.Tests;

[Collection(nameof(Servers))]
public sealed class OutboxMonthsTests(Servers servers)
{
    /// <summary>Of what was written long ago, March 2021 is beyond the season of 400 days on the 6th of May 2022, and not a day earlier.</summary>
    private static readonly DateTimeOffset Long = new(2021, 3, 15, 0, 0, 0, TimeSpan.Zero), Later = new(2022, 5, 6, 0, 0, 0, TimeSpan.Zero);

    private const string NoBroker = "127.0.0.1:1";

    private static OutboxMonths Months(Party party, DateTimeOffset now) =>
        new(party.Database, party.Service<MessagingOptions>(), new StoppedClock(now), NullLogger<OutboxMonths>.Instance);

    private static Task TendAsync(Party party, DateTimeOffset now) => Months(party, now).TendAsync(CancellationToken.None);

    private static Outbox WrittenAt(Party party, DateTimeOffset now) => new(party.Database, party.Service<OutboxSignal>(), new StoppedClock(now));

    private static Task<IReadOnlyList<string>> MonthsAsync(Party party, string like) =>
        party.Database.RowsAsync("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'outbox'::regclass AND inhrelid::regclass::text LIKE $1 ORDER BY 1", like);

    /// <summary>A service whose own keeper of the months has done its work, which begins at the start.</summary>
    private async Task<Party> StartAsync(string kafka, string? database = null, DateTimeOffset? now = null)
    {
        var party = await Party.StartAsync(Samples.Name(), database ?? await servers.CreateDatabaseAsync(), kafka, listens: false,
            configure: builder => builder.Services.AddSingleton<TimeProvider>(new StoppedClock(now ?? DateTimeOffset.UtcNow)));
        await Eventually.TrueAsync(async () => (await MonthsAsync(party, "outbox_2%")).Count >= 3
            && (await party.Database.RowsAsync("SELECT 1 FROM pg_locks JOIN pg_database AS here ON here.oid = database WHERE datname = current_database() AND locktype = 'advisory' AND objid = 0 AND objsubid = 2 AND classid = 1297043028")).Count == 0);
        return party;
    }

    [Fact]
    public async Task Tend_MakesThisMonthAndTheNextTwo()
    {
        await using var party = await StartAsync(NoBroker);

        await TendAsync(party, new DateTimeOffset(2031, 11, 30, 23, 59, 59, TimeSpan.Zero));

        Assert.Equal(["outbox_2031_11", "outbox_2031_12"], await MonthsAsync(party, "outbox_2031%"));
        Assert.Equal(["outbox_2032_01"], await MonthsAsync(party, "outbox_2032%"));
    }

    [Fact]
    public async Task Event_WhenNoMonthIsThereForIt_IsDelivered_AndItsMonthCanStillBeTended()
    {
        await using var teller = await StartAsync(servers.Kafka);
        await using var listener = await Party.StartAsync(Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: true);
        var thing = Guid.CreateVersion7();

        await teller.TellAsync(thing, outbox: WrittenAt(teller, Long));
        Assert.Equal(["outbox_default"], await teller.Database.RowsAsync("SELECT tableoid::regclass::text FROM outbox"));
        // The month cannot be made any more, and what comes is written all the same.
        await TendAsync(teller, Long);
        await teller.TellAsync(thing, outbox: WrittenAt(teller, Long));

        await listener.HeardAsync(2, thing);
        Assert.Equal(["outbox_2021_04", "outbox_2021_05"], await MonthsAsync(teller, "outbox_2021%"));
    }

    [Fact]
    public async Task Month_WhenBeyondTheSeason_IsDroppedOnlyOnceAllInItWasSent()
    {
        var (database, thing) = (await servers.CreateDatabaseAsync(), Guid.CreateVersion7());
        await using (var cutOff = await StartAsync(NoBroker, database))
        {
            await TendAsync(cutOff, Long);
            await cutOff.TellAsync(thing, outbox: WrittenAt(cutOff, Long));
            await TendAsync(cutOff, Later);
            Assert.Equal(["outbox_2021_03", "outbox_2021_04", "outbox_2021_05"], await MonthsAsync(cutOff, "outbox_2021%"));
        }

        await using var party = await StartAsync(servers.Kafka, database, Long);
        await party.SentAsync();
        await TendAsync(party, Later.AddDays(-1));
        Assert.Equal(["outbox_2021_03", "outbox_2021_04", "outbox_2021_05"], await MonthsAsync(party, "outbox_2021%"));
        await TendAsync(party, Later);
        Assert.Equal(["outbox_2021_04", "outbox_2021_05"], await MonthsAsync(party, "outbox_2021%"));
    }

    [Fact]
    public async Task Month_WhenNoRelayEverLed_IsKept()
    {
        await using var party = await StartAsync(NoBroker);
        await TendAsync(party, Long);
        await party.TellAsync(Guid.CreateVersion7(), outbox: WrittenAt(party, Long));
        await party.Database.ExecuteAsync("DELETE FROM outbox_cursor");

        await TendAsync(party, Later);

        Assert.Equal(["outbox_2021_03"], await MonthsAsync(party, "outbox_2021_03"));
    }

    [Fact]
    public async Task Tend_WhenReplicasDoItAtOnce_OrAgain_DoesNoHarm()
    {
        await using var party = await StartAsync(NoBroker);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TendAsync(party, Long))));
        Assert.Equal(["outbox_2021_03", "outbox_2021_04", "outbox_2021_05"], await MonthsAsync(party, "outbox_2021%"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TendAsync(party, Later))));
        await TendAsync(party, Later);
        Assert.Equal(["outbox_2021_04", "outbox_2021_05"], await MonthsAsync(party, "outbox_2021%"));
    }

    [Fact]
    public async Task Months_WhenMadeAndDroppedUnderWriters_FailNoneOfThem()
    {
        await using var party = await StartAsync(NoBroker);
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var (thing, written) = (Guid.CreateVersion7(), 0);
            for (; !enough.IsCancellationRequested; written++) await party.TellAsync(thing);
            return written;
        })).ToList();

        for (var round = 0; round < 3; round++)
        {
            await TendAsync(party, Long);
            await TendAsync(party, Later.AddMonths(3));
            Assert.Empty(await MonthsAsync(party, "outbox_2021%"));
        }

        await enough.CancelAsync();
        var written = await Task.WhenAll(writers);
        Assert.Equal([$"{written.Sum()}"], await party.Database.RowsAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task Months_WhenAWriterTakesLong_GiveWayToTheOthers()
    {
        await using var party = await StartAsync(NoBroker);
        await TendAsync(party, Long);
        await using var slow = await party.Database.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var read = new NpgsqlCommand("SELECT count(*) FROM outbox", slow)) await read.ExecuteScalarAsync();

        var tending = TendAsync(party, Later);
        await party.TellAsync(Guid.CreateVersion7()).WaitAsync(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<PostgresException>(() => tending);

        await transaction.RollbackAsync();
        await TendAsync(party, Later);
        Assert.Equal([], await MonthsAsync(party, "outbox_2021_03"));
    }
}
