using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>What is told while people wait at the door waits itself, for them.</summary>
[Collection(nameof(Servers))]
public sealed class RushTests(Servers servers)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500), Lasts = TimeSpan.FromSeconds(2);

    private readonly HandClock clock = new();

    /// <summary>Commits, in half a second, of so many events each.</summary>
    private static void Half(Rush rush, HandClock clock, int commits, int events)
    {
        for (var i = 0; i < commits; i++) rush.Committed(events);
        clock.Pass(Window);
    }

    [Theory]
    [InlineData(9, 6, true)]
    [InlineData(50, 20, true)]
    [InlineData(2, 100, true)]
    [InlineData(7, 7, false)]
    [InlineData(200, 5, false)]
    [InlineData(1, 1000, false)]
    [InlineData(0, 0, false)]
    public void Rush_IsWhereManyAreCommittedTogether_OneAfterAnother(int commits, int events, bool expected)
    {
        var rush = new Rush(clock);
        Assert.False(rush.IsOn);

        Half(rush, clock, commits, events);

        Assert.Equal(expected, rush.IsOn);
    }

    [Fact]
    public void Rush_LastsOverAMoment_AndEndsWhereNobodyComes()
    {
        var rush = new Rush(clock);
        Half(rush, clock, 10, 6);
        Assert.True(rush.IsOn);
        Half(rush, clock, 100, 1);
        Assert.True(rush.IsOn);
        Half(rush, clock, 10, 6);
        Half(rush, clock, 0, 0);
        Assert.True(rush.IsOn);

        clock.Pass(Lasts);
        Assert.False(rush.IsOn);

        // They were many; but that is long ago.
        for (var i = 0; i < 10; i++) rush.Committed(6);
        clock.Pass(Lasts + Window);
        Assert.False(rush.IsOn);
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
