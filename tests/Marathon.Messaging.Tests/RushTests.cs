using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>What is told while people wait at the door waits itself, for them.</summary>
[Collection(nameof(Servers))]
public sealed class RushTests(Servers servers)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(150), Lasts = TimeSpan.FromSeconds(2);

    /// <summary>Windows that are counted with listeners; and those in which these do what they have in hand, and that are counted without.</summary>
    private const int Told = 8, Tried = 10;

    private readonly HandClock clock = new();

    /// <summary>So many windows, in each of which there are commits of so many events.</summary>
    private void Commit(Rush rush, int windows, int events, int commits = 10)
    {
        for (var window = 0; window < windows; window++)
        {
            for (var i = 0; i < commits; i++) rush.Committed(events);
            clock.Pass(Window);
        }
    }

    private void Try(Rush rush, int events, bool isMore)
    {
        Commit(rush, Told - 1, events);
        Assert.False(rush.IsOn);
        Commit(rush, 1, events);
        Assert.True(rush.IsOn);
        Commit(rush, Tried, isMore ? 2 * events : events);
        Assert.Equal(isMore, rush.IsOn);
    }

    [Theory]
    [InlineData(3, 8, true)]
    [InlineData(50, 20, true)]
    [InlineData(2, 100, true)]
    [InlineData(2, 9, false)]
    [InlineData(200, 7, false)]
    [InlineData(1, 1000, false)]
    [InlineData(0, 0, false)]
    public void Crowd_IsWhereManyAreCommittedTogether_OneAfterAnother(int commits, int events, bool expected)
    {
        var rush = new Rush(clock);

        Commit(rush, Told, events, commits);

        Assert.Equal((expected, expected), (rush.IsCrowded, rush.IsOn));
    }

    [Fact]
    public void Rush_IsWhereMoreAreServedWithoutListeners_LastsOverAMoment_AndEndsWhereNobodyComes()
    {
        var rush = new Rush(clock);
        Try(rush, 12, isMore: true);
        // A slow disk.
        Commit(rush, 6, 3, commits: 1);
        Assert.True(rush.IsOn);

        Commit(rush, 4, 24);
        Assert.True(rush.IsOn);
        clock.Pass(Lasts - Window);
        Assert.True(rush.IsOn);
        clock.Pass(Window);
        Assert.False(rush.IsOn);

        // The next one is tried as soon.
        Try(rush, 12, isMore: true);
    }

    [Fact]
    public void Rush_EndsWhereItIsNoLongerMore_ButNotForAMoment()
    {
        var rush = new Rush(clock);
        Try(rush, 12, isMore: true);
        Commit(rush, 20, 16);
        Commit(rush, 10, 12);
        Commit(rush, 4, 16);
        Commit(rush, 12, 12);
        Assert.True(rush.IsOn);

        Commit(rush, 4, 12);

        Assert.Equal((false, true), (rush.IsOn, rush.IsCrowded));
    }

    [Fact]
    public void Rush_IsNotTried_WhileMoreAndMoreAreServed()
    {
        var rush = new Rush(clock);
        // A process that has just started.
        for (var events = 8; events < 80; events += events / 6)
        {
            Commit(rush, 1, events);
            Assert.False(rush.IsOn);
        }

        Commit(rush, Told, 80);

        Assert.True(rush.IsOn);
    }

    [Fact]
    public void Rush_WhereNoMoreAreServedWithoutListeners_IsNone_AndIsTriedLessAndLess_UntilNobodyHasWaitedForAMinute()
    {
        var rush = new Rush(clock);
        foreach (var minutes in (int[])[1, 2, 4, 4]) TryInVain(minutes);

        clock.Pass(TimeSpan.FromMinutes(1));
        foreach (var minutes in (int[])[1, 2]) TryInVain(minutes);

        // A larger crowd is another one. Nor is the next one waited for longer, when the last has just failed.
        Try(rush, 12, isMore: false);
        Commit(rush, 2, 3);
        Try(rush, 16, isMore: false);
        clock.Pass(TimeSpan.FromMinutes(1) + Window);
        Try(rush, 12, isMore: false);

        void TryInVain(int minutes)
        {
            Try(rush, 12, isMore: false);
            for (var waited = TimeSpan.Zero; waited < TimeSpan.FromMinutes(minutes) - (2 * Window); waited += Window)
            {
                Commit(rush, 1, 12);
                Assert.Equal((false, true), (rush.IsOn, rush.IsCrowded));
            }
            Commit(rush, 2, 3);
        }
    }

    private async Task<Party> StartAsync(string keepBack) => await Party.StartAsync(
        Samples.Name(), await servers.CreateDatabaseAsync(), servers.Kafka, listens: false, settings: [("Messaging:KeepBack", keepBack)],
        configure: builder => builder.Services.AddSingleton(new OutboxSignal(clock)));

    private async Task RushAsync(Party teller)
    {
        for (var i = 0; i < Told; i++)
        {
            for (var commit = 0; commit < 10; commit++) await teller.TellAsync(Enumerable.Range(0, 10).Select(_ => (Samples.Paid(Guid.CreateVersion7()), 1)));
            clock.Pass(Window);
        }
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
