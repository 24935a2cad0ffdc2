using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>
/// The time by the service's database, the one clock that all replicas share. On a machine whose own clock is wrong no race opens early, no hold ends
/// early, and what another replica has leased stays leased. Durations and timers are the machine's.
/// </summary>
/// <param name="machine">The clock that is set right.</param>
/// <param name="database">Whose time it is.</param>
/// <param name="logger">Told when the machine's clock is off.</param>
public sealed class DatabaseClock(
    [FromKeyedServices(DatabaseClock.Machine)] TimeProvider machine, NpgsqlDataSource database, ILogger<DatabaseClock> logger) : TimeProvider, IHostedService, IDisposable
{
    /// <summary>The key of the machine's own clock.</summary>
    public const string Machine = "machine";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Less than this may be the way of the answer, and a clock that trembles helps nobody.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>An answer that took longer tells too little.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(1);

    /// <summary>For the first answer that counts, and between the questions.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1), Pause = TimeSpan.FromMilliseconds(200);

    private PeriodicTimer? timer;
    private long offset;
    private bool isSet;
    private Task watching = Task.CompletedTask;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => machine.GetUtcNow().AddTicks(Volatile.Read(ref offset));

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Right before the service answers, and kept right from then on. It does not begin before it knows: by a wrong clock races would be closed and persons erased for good.
    /// </summary>
    /// <exception cref="TimeoutException">The database has told nothing that counts for a minute.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = machine.GetTimestamp();
        while (true)
        {
            await SetAsync(cancellationToken);
            if (isSet) break;
            if (machine.GetElapsedTime(started) > Patience) throw new TimeoutException("The database does not tell the time.");
            await Task.Delay(Pause, machine, cancellationToken);
        }
        timer = new PeriodicTimer(Interval, machine);
        watching = WatchAsync(timer);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return watching;
    }

    /// <summary>Ends the watch; to end it again does nothing.</summary>
    public void Dispose() => timer?.Dispose();

    private async Task WatchAsync(PeriodicTimer ticking)
    {
        while (await ticking.WaitForNextTickAsync()) await SetAsync(CancellationToken.None);
    }

    private async Task SetAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var ask = database.CreateCommand("SELECT clock_timestamp()");
            var asked = machine.GetTimestamp();
            var there = (DateTime)(await ask.ExecuteScalarAsync(cancellationToken))!;
            var took = machine.GetElapsedTime(asked);
            if (took > LongestAnswer) return;
            isSet = true;
            var found = new DateTimeOffset(there, TimeSpan.Zero) + (took / 2) - machine.GetUtcNow();
            if ((found - TimeSpan.FromTicks(Volatile.Read(ref offset))).Duration() <= Tolerance) return;
            logger.LogWarning("This machine's clock is off by {Seconds:0.0} s, by the database's, which counts", -found.TotalSeconds);
            Volatile.Write(ref offset, found.Ticks);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogDebug("The database was asked for the time in vain: {Reason}", Rounds.Reason(exception));
        }
    }
}
