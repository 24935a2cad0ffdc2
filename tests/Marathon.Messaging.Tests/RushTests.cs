using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>What is told while people wait at the door waits itself, for them.</summary>
[Collection(nameof(Servers))]
public sealed class RushTests(Servers servers)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(150), Lasts = TimeSpan.FromSeconds(2), NotAgainFor = TimeSpan.FromMinutes(1);

    private readonly HandClock clock = new();

    /// <summary>Commits, in a window, of so many events each.</summary>
    private static void Commit(Rush rush, HandClock clock, int commits, int events)
    {
        for (var i = 0; i < commits; i++) rush.Committed(events);
        clock.Pass(Window);
    }

    [Theory]
    [InlineData(3, 8, true)]
    [InlineData(50, 20, true)]
    [InlineData(2, 100, true)]
    [InlineData(2, 9, false)]
    [InlineData(200, 7, false)]
    [InlineData(1, 1000, false)]
    [InlineData(0, 0, false)]
    public void Rush_IsWhereManyAreCommittedTogether_OneAfterAnother(int commits, int events, bool expected)
    {
        var rush = new Rush(clock);
        Assert.False(rush.IsOn);

        Commit(rush, clock, commits, events);

        Assert.Equal((expected, expected), (rush.IsOn, rush.IsCrowded));
    }

    [Fact]
    public void Rush_LastsOverAMoment_AndEndsWhereNobodyComes()
    {
        var rush = new Rush(clock);
        Commit(rush, clock, 10, 10);
        // A slow disk: no sign of time to spare.
        foreach (var commits in (int[])[1, 0, 1, 1])
        {
            Commit(rush, clock, commits, 3);
            Assert.True(rush.IsOn);
        }

        clock.Pass(Lasts);
        Assert.False(rush.IsOn);

        // Nobody has shown that there is time to spare: the next one counts at once.
        Commit(rush, clock, 10, 10);
        Assert.True(rush.IsOn);
        clock.Pass(Lasts);
        // They were many; but that is long ago.
        for (var i = 0; i < 10; i++) rush.Committed(10);
        clock.Pass(Lasts + Window);
        Assert.False(rush.IsOn);
    }

    [Fact]
    public void Rush_WhereTheDoorHasTimeToSpareWithoutListeners_IsNone_AndIsNotTriedAgainSoon()
    {
        var rush = new Rush(clock);
        Commit(rush, clock, 10, 12);
        Assert.True(rush.IsOn);
        // What listeners had in hand.
        Commit(rush, clock, 10, 12);
        Commit(rush, clock, 40, 4);
        Assert.True(rush.IsOn);
        Commit(rush, clock, 40, 4);
        Assert.False(rush.IsOn);

        // They wait for one another, and for the listeners, which there is time for.
        Commit(rush, clock, 10, 12);
        Assert.Equal((false, true), (rush.IsOn, rush.IsCrowded));
        clock.Pass(NotAgainFor - TimeSpan.FromSeconds(1));
        Commit(rush, clock, 10, 12);
        Assert.Equal((false, true), (rush.IsOn, rush.IsCrowded));

        clock.Pass(TimeSpan.FromSeconds(1));
        Commit(rush, clock, 10, 12);
        Assert.True(rush.IsOn);
    }

    [Fact]
    public void Rush_ThatWasNoneTimeAndAgain_IsTriedLessAndLess_UntilNobodyHasWaitedForAMinute()
    {
        var rush = new Rush(clock);
        foreach (var minutes in (int[])[1, 2, 4, 4]) TryInVain(minutes);

        clock.Pass(NotAgainFor);
        foreach (var minutes in (int[])[1, 2]) TryInVain(minutes);

        // Nor is the next one waited for longer, when the last has just failed.
        Fail();
        clock.Pass(NotAgainFor + Window);
        Fail();

        void Fail()
        {
            Commit(rush, clock, 10, 12);
            Assert.True(rush.IsOn);
            for (var i = 0; i < 2; i++) Commit(rush, clock, 40, 4);
            Assert.False(rush.IsOn);
        }

        void TryInVain(int minutes)
        {
            Fail();
            for (var waited = TimeSpan.Zero; waited < TimeSpan.FromMinutes(minutes) - Window; waited += 50 * Window)
            {
                Commit(rush, clock, 10, 12);
                Assert.False(rush.IsOn);
                clock.Pass(49 * Window);
            }
        }
    }

    [Fact]
    public void Rush_ThatHasLasted_GoesOnOverWindowsOutOfLine_AndTheNextOneCountsAtOnce()
    {
        var rush = new Rush(clock);
        for (var i = 0; i < 40; i++) Commit(rush, clock, 10, 12);
        for (var i = 0; i < 10; i++)
        {
            Commit(rush, clock, 10, 4);
            Assert.True(rush.IsOn);
        }
        for (var i = 0; i < 2; i++) Commit(rush, clock, 10, 4);
        Assert.False(rush.IsOn);

        Commit(rush, clock, 10, 12);
        Assert.True(rush.IsOn);
    }

    private async Task<Party> StartAsync(string keepBack) => await Party.StartAsync(
        Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false, settings: [("Messaging:KeepBack", keepBack)],
        configure: builder => builder.Services.AddSingleton(new OutboxSignal(clock)));

    private async Task RushAsync(Party teller)
    {
        for (var i = 0; i < 10; i++) await teller.TellAsync(Enumerable.Range(0, 10).Select(_ => (Samples.Paid(Guid.CreateVersion7()), 1)));
        clock.Pass(Window);
        Assert.True(teller.Service<OutboxSignal>().IsRush);
    }

    [Fact]
    public async Task Event_WhilePeopleWait_IsKeptBack_UntilTheyAreServed()
    {
        await using var teller = await StartAsync("00:10:00");
        await teller.TellAsync(Guid.CreateVersion7());
        await teller.SentAsync();
        await RushAsync(teller);
        // What was looked at before it was a rush may still be sent.
        await Task.Delay(TimeSpan.FromSeconds(1));
        await teller.TellAsync(Guid.CreateVersion7());
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.NotEqual(0, (await teller.Service<MessagingStatus>().ReadAsync(CancellationToken.None)).Unsent);

        clock.Pass(Lasts);

        await teller.SentAsync();
    }

    [Fact]
    public async Task Event_WhenItWasKeptBackForLong_IsSent_WhoeverWaits()
    {
        await using var teller = await StartAsync("00:00:01");
        await teller.TellAsync(Guid.CreateVersion7());
        await teller.SentAsync();
        await RushAsync(teller);

        await teller.TellAsync(Guid.CreateVersion7());

        await teller.SentAsync();
        Assert.True(teller.Service<OutboxSignal>().IsRush);
    }

    /// <summary>Goes when it is told to.</summary>
    private sealed class HandClock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref ticks);
    }
}
