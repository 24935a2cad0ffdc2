using System.Diagnostics;
using Marathon.Contracts;
using Npgsql;

namespace Marathon.Messaging.Worker;

/// <summary>
/// Tells of things the way services do, and as unpleasantly for a relay as services may: each transaction has its id before it wins the thing's
/// lock, so that ids are not in the order of the locks; some stay open for a while; some are rolled back.
/// </summary>
internal sealed class Writers(WorkerOptions options, Outbox outbox, NpgsqlDataSource database, TimeProvider time, ILogger<Writers> logger) : BackgroundService
{
    private const int MostAtOnce = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch clock = new();
    private TimeSpan next;
    private volatile bool isOver;

    /// <summary>No more transactions are begun.</summary>
    public void Stop() => isOver = true;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        clock.Start();
        return Task.WhenAll(Enumerable.Range(0, options.Writers).Select(number => Task.Run(() => WriteAsync(options.FirstWriter + number, stoppingToken), stoppingToken)));
    }

    private async Task WriteAsync(int writer, CancellationToken cancellationToken)
    {
        var left = 0L;
        while (!isOver && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (left <= 0) left = await LeftAsync(writer, cancellationToken);
                if (left <= 0)
                {
                    await Task.Delay(Pause, cancellationToken);
                    continue;
                }
                var count = (int)Math.Min(Random.Shared.Next(1, MostAtOnce + 1), left);
                await PaceAsync(count, cancellationToken);
                if (await TellAsync(writer, count, cancellationToken)) left -= count;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                // It may have been committed: only the database knows.
                left = 0;
                logger.LogDebug("Writer {Writer} goes on after {Reason}", writer, exception.Message);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    private async Task<bool> TellAsync(int writer, int count, CancellationToken cancellationToken)
    {
        var thing = Things.Id(options.Run, Random.Shared.Next(options.Things));
        var hold = Random.Shared.Next(1000);
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using (var note = work.Command("UPDATE written SET events = events + $1 WHERE writer = $2", (long)count, writer))
            await note.ExecuteNonQueryAsync(cancellationToken);
        if (hold < options.Held / 2) await Task.Delay(options.HoldFor, cancellationToken);
        var version = await VersionAsync(work, thing, count, cancellationToken);
        if (hold >= options.Held / 2 && hold < options.Held) await Task.Delay(options.HoldFor, cancellationToken);
        var now = time.GetUtcNow();
        for (var next = version - count + 1; next <= version; next++)
            work.Publish(new PaymentCompleted { RegistrationId = thing, Number = "M-0000-0001", Amount = next, Currency = "KRW", ProviderReference = $"w{writer}", At = now }, next);
        if (Random.Shared.Next(100) < options.RolledBack) return false;
        await work.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task<int> VersionAsync(UnitOfWork work, Guid thing, int count, CancellationToken cancellationToken)
    {
        await using var advance = work.Command("""
            INSERT INTO things (stream, id, version) VALUES ('payments', $1, $2)
            ON CONFLICT (stream, id) DO UPDATE SET version = things.version + excluded.version RETURNING version
            """, thing, count);
        return (int)(await advance.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What this writer has still to write of what is planned: the plan may grow, and others may have died in the middle of it.</summary>
    private async Task<long> LeftAsync(int writer, CancellationToken cancellationToken)
    {
        await using var read = database.CreateCommand("""
            WITH planned AS (INSERT INTO plan (events) VALUES ($1) ON CONFLICT (one) DO UPDATE SET events = plan.events RETURNING events),
            done AS (INSERT INTO written (writer, events) VALUES ($2, 0) ON CONFLICT (writer) DO UPDATE SET events = written.events RETURNING events)
            SELECT planned.events / $3 + CASE WHEN $4 < planned.events % $3 THEN 1 ELSE 0 END - done.events FROM planned, done
            """);
        foreach (var value in (object[])[options.Events, writer, (long)Math.Max(options.Writers, options.AllWriters), (long)writer]) read.Parameters.Add(new() { Value = value });
        return (long)(await read.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task PaceAsync(int count, CancellationToken cancellationToken)
    {
        if (options.Rate == 0) return;
        TimeSpan due;
        lock (clock)
        {
            // What was not written in time is not caught up with.
            due = next > clock.Elapsed ? next : clock.Elapsed;
            next = due + TimeSpan.FromSeconds((double)count / options.Rate);
        }
        if (due - clock.Elapsed is { Ticks: > 0 } wait) await Task.Delay(wait, time, cancellationToken);
    }
}
