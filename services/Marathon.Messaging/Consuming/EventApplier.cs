using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>Where a consumer reads on.</summary>
internal readonly record struct Position(string ClusterId, string Topic, int Partition, long NextOffset);

/// <summary>
/// Applies a batch of events in one transaction: the inbox, the effects, the events that follow from them, and the position in the log. Only when
/// that fails for a reason that will not pass, each event is tried alone, and the one at fault is parked as a dead letter: the events after it of
/// the same aggregate then wait for it, everybody else's go on.
/// </summary>
internal sealed class EventApplier(
    Outbox outbox, Handlers handlers, IServiceScopeFactory scopes, MessagingOptions options, MessagingMeter meter, TimeProvider time, ILogger<EventApplier> logger)
{
    /// <summary>Returns when every event is applied, dropped or parked, however long the database is away.</summary>
    public async Task ApplyAsync(IReadOnlyList<InboxEvent> events, IReadOnlyCollection<Position> positions, CancellationToken cancellationToken)
    {
        try
        {
            await PatientlyAsync(() => TransactAsync(events, positions, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning("A batch of {Count} events failed ({Reason}); each is applied alone", events.Count, exception.Message);
            foreach (var heard in events) await ApplyAloneAsync(heard, cancellationToken);
            await PatientlyAsync(() => TransactAsync([], positions, cancellationToken), cancellationToken);
        }
    }

    private async Task ApplyAloneAsync(InboxEvent heard, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await PatientlyAsync(() => TransactAsync([heard], [], cancellationToken), cancellationToken);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                if (attempt < options.Attempts)
                {
                    await Task.Delay(options.RetryDelay / 5 * attempt, cancellationToken);
                    continue;
                }
                logger.LogError(exception, "{Type} {Stream}/{AggregateId}/{Version} is parked as a dead letter", heard.Type, heard.Stream, heard.AggregateId, heard.Version);
                await PatientlyAsync(() => ParkAsync(heard, exception.ToString(), cancellationToken), cancellationToken);
                meter.Parked(1, "failed");
                return;
            }
        }
    }

    private async Task TransactAsync(IReadOnlyList<InboxEvent> events, IReadOnlyCollection<Position> positions, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var plan = await Inbox.PlanAsync(work, events, cancellationToken);
        await Inbox.ClaimAsync(work, plan, cancellationToken);
        await using (var scope = scopes.CreateAsyncScope())
            foreach (var step in plan.Steps())
                await handlers.ApplyAsync(scope.ServiceProvider, step.Key.Type, [.. step], work, cancellationToken);
        await Inbox.ParkAsync(work, plan, cancellationToken);
        await SavePositionsAsync(work, positions, cancellationToken);
        await work.CommitAsync(cancellationToken);

        var now = time.GetUtcNow();
        meter.Applied(plan.Apply.Count);
        meter.Dropped(plan.Dropped);
        meter.Parked(plan.Waiting.Count, "waiting");
        foreach (var applied in plan.Apply) meter.Lag(now - applied.OccurredAt, applied.Stream);
    }

    private async Task ParkAsync(InboxEvent heard, string error, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await Inbox.ParkAsync(work, [heard], "failed", error, cancellationToken);
        await work.CommitAsync(cancellationToken);
    }

    private static async Task SavePositionsAsync(UnitOfWork work, IReadOnlyCollection<Position> positions, CancellationToken cancellationToken)
    {
        if (positions.Count == 0) return;
        await using var save = work.Command("""
            INSERT INTO consumer_positions (cluster_id, topic, partition, next_offset)
            SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[])
            ON CONFLICT (cluster_id, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
            """,
            positions.Select(position => position.ClusterId).ToArray(), positions.Select(position => position.Topic).ToArray(),
            positions.Select(position => position.Partition).ToArray(), positions.Select(position => position.NextOffset).ToArray());
        await save.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Repeats what failed because the database was away, or because another consumer got in between.</summary>
    private async Task PatientlyAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception exception) when (WillPass(exception) && !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning("Applying events is tried again: {Reason}", exception.Message);
                await Task.Delay(options.RetryDelay, time, cancellationToken);
            }
        }
    }

    private static bool WillPass(Exception exception) => exception switch
    {
        InboxConflictException or TimeoutException => true,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
        NpgsqlException => true,
        _ => false,
    };
}
