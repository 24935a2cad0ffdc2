using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>Where a consumer reads on: the first message that is not read, and when the last event that is read was written.</summary>
internal readonly record struct Position(string Topic, int Partition, string ClusterId, long NextOffset, DateTimeOffset ReadUntil);

/// <summary>From where a consumer had read a partition before a batch to where it reads on after it.</summary>
internal readonly record struct Step(Position From, Position To);

/// <summary>What a consumer took from the broker, where that takes it, and what it found missing, which the tellers are asked for.</summary>
internal sealed record Batch(
    IReadOnlyList<InboxEvent> Events, IReadOnlyList<MalformedMessage> Malformed, IReadOnlyList<Step> Steps, IReadOnlyList<Contracts.EventsMissed> Missed);

/// <summary>
/// Applies a batch of events in one transaction: the inbox, the effects, the events that follow from them, and the position in the log. If that
/// fails for a reason that will not pass, it is done again with care, still in one transaction: what fails together is halved until the event at
/// fault is alone, and is parked as a dead letter. The events after it of the same aggregate then wait for it; everybody else's go on.
/// </summary>
internal sealed class EventApplier(
    Outbox outbox, Handlers handlers, IServiceScopeFactory scopes, MessagingOptions options, MessagingMeter? meter, TimeProvider time, ILogger<EventApplier> logger)
{
    /// <summary>
    /// Returns when every event is applied, dropped or parked, however long the database is away; throws <see cref="PositionsMovedException"/> when that has read up to another
    /// place than the batch begins at.
    /// </summary>
    public async Task ApplyAsync(Batch batch, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await TransactAsync(batch, cancellationToken);
                return;
            }
            catch (Exception exception) when (WillPass(exception) && !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning("Applying events is tried again: {Reason}", exception.Message);
                await Task.Delay(Rounds.RestAfter(failures, options.RetryDelay), time, cancellationToken);
            }
        }
    }

    private async Task TransactAsync(Batch batch, CancellationToken cancellationToken)
    {
        try
        {
            await TransactAsync(batch, ApplyTogetherAsync, cancellationToken);
        }
        catch (Exception exception) when (!WillPass(exception) && exception is not PositionsMovedException && !cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("A batch of {Count} events failed ({Reason}); what is at fault is looked for", batch.Events.Count, exception.Message);
            await TransactAsync(batch, (work, events, tally, ct) => ApplyWithCareAsync(work, events, follow: true, tally, ct), cancellationToken);
        }
    }

    private async Task TransactAsync(
        Batch batch, Func<UnitOfWork, IReadOnlyList<InboxEvent>, Tally, CancellationToken, Task> apply, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        await using var work = await outbox.BeginAsync(cancellationToken);
        var events = batch.Events.Where(heard => !handlers.PassesOver(heard)).ToList();
        if (events.Count > 0) await apply(work, events, tally, cancellationToken);
        await Inbox.ParkMalformedAsync(work, batch.Malformed, cancellationToken);
        foreach (var missed in batch.Missed) work.Publish(missed, version: 1);
        await SavePositionsAsync(work, batch.Steps, cancellationToken);
        Failpoint.Hit("consumer.applied");
        await work.CommitAsync(cancellationToken);
        Failpoint.Hit("consumer.committed");
        meter?.Applied(tally.Applied, time.GetUtcNow());
        meter?.Dropped(tally.Dropped);
        meter?.Parked(tally.Waiting, "waiting");
        meter?.Parked(tally.Failed, "failed");
        meter?.Parked(batch.Malformed.Count, "malformed");
    }

    private async Task ApplyTogetherAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, Tally tally, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(work, events, follow: true, cancellationToken);
        Failpoint.Hit("consumer.planned");
        await ApplyAsync(work, plan, cancellationToken);
        await ParkWaitingAsync(work, plan, cancellationToken);
        tally.Add(plan);
    }

    /// <summary>Applies what can be applied, and parks the rest; an event that fails alone is parked as a dead letter.</summary>
    public async Task ApplyWithCareAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, bool follow, Tally tally, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(work, events, follow, cancellationToken);
        await ParkWaitingAsync(work, plan, cancellationToken);
        try
        {
            await work.PartAsync(() => ApplyAsync(work, plan, cancellationToken), cancellationToken);
            tally.Add(plan);
        }
        catch (Exception exception) when (!WillPass(exception) && !cancellationToken.IsCancellationRequested)
        {
            tally.Add(plan with { Apply = [] });
            if (plan.Apply is not [var failed])
            {
                // Together with those that waited for them, which are not to follow a second time.
                foreach (var half in plan.Apply.Chunk((plan.Apply.Count + 1) / 2))
                    await ApplyWithCareAsync(work, half, follow: false, tally, cancellationToken);
                return;
            }
            logger.LogError("{Type} {Stream}/{AggregateId}/{Version} is parked as a dead letter: {Reason}", failed.Type, failed.Stream, failed.AggregateId, failed.Version, exception.Message);
            await Inbox.ParkFailedAsync(work, failed, exception.ToString(), cancellationToken);
            tally.Failed++;
            Failpoint.Hit("consumer.parked");
        }
    }

    /// <inheritdoc cref="Inbox.PlanAsync"/>
    public Task<InboxPlan> PlanAsync(UnitOfWork work, IReadOnlyList<InboxEvent> events, bool follow, CancellationToken cancellationToken) =>
        Inbox.PlanAsync(work, events, follow, handlers.Beginning, cancellationToken);

    private async Task ApplyAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Apply.Count == 0) return;
        await Inbox.ClaimAsync(work, plan, cancellationToken);
        Failpoint.Hit("consumer.claimed");
        await using (var scope = scopes.CreateAsyncScope())
            foreach (var step in plan.Steps())
                await handlers.ApplyAsync(scope.ServiceProvider, step.Key.Type, [.. step], work, cancellationToken);
        await Inbox.UnparkAsync(work, plan, cancellationToken);
    }

    private Task ParkWaitingAsync(UnitOfWork work, InboxPlan plan, CancellationToken cancellationToken) =>
        Inbox.ParkWaitingAsync(work, plan.Waiting, options.AskAfter, cancellationToken);

    /// <summary>
    /// Where to read on, if the database is where the batch begins. It is elsewhere when it forgot the last commits, as one that failed over to a replica behind it, when another
    /// consumer has the partition, or when other tables took the place of these: to go on would pass over what nobody has applied. After a commit whose answer got lost it is
    /// where the batch ends.
    /// </summary>
    private static async Task SavePositionsAsync(UnitOfWork work, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        if (steps.Count == 0) return;
        await using var save = work.Command("""
            WITH step AS (
              SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[]) AS step (topic, partition, cluster_id, start, next_offset, read_until)),
            saved AS (
              INSERT INTO consumer_positions (topic, partition, cluster_id, next_offset, read_until) SELECT topic, partition, cluster_id, next_offset, read_until FROM step
              ON CONFLICT (topic, partition) DO UPDATE SET cluster_id = excluded.cluster_id, next_offset = excluded.next_offset, read_until = excluded.read_until)
            SELECT count(*) FROM step LEFT JOIN consumer_positions AS known USING (topic, partition)
            WHERE CASE WHEN known.cluster_id = step.cluster_id THEN known.next_offset ELSE 0 END NOT IN (start, step.next_offset)
            """,
            steps.Select(step => step.To.Topic).ToArray(), steps.Select(step => step.To.Partition).ToArray(), steps.Select(step => step.To.ClusterId).ToArray(),
            steps.Select(step => step.From.NextOffset).ToArray(), steps.Select(step => step.To.NextOffset).ToArray(), steps.Select(step => step.To.ReadUntil.UtcDateTime).ToArray());
        if (await save.ExecuteScalarAsync(cancellationToken) is not 0L) throw new PositionsMovedException();
    }

    /// <summary>Whether it failed because the database was away, or because another consumer got in between.</summary>
    private static bool WillPass(Exception exception) => exception is InboxConflictException || DatabaseFaults.WillPass(exception);

    /// <summary>What became of the events of a transaction; the meters hear of it when it is committed.</summary>
    internal sealed class Tally
    {
        public List<InboxEvent> Applied { get; } = [];
        public int Dropped { get; private set; }
        public int Waiting { get; private set; }
        public int Failed { get; set; }

        public void Add(InboxPlan plan)
        {
            Applied.AddRange(plan.Apply);
            Dropped += plan.Dropped;
            Waiting += plan.Waiting.Count;
        }
    }
}

/// <summary>The database has read the log up to another place than the consumer.</summary>
internal sealed class PositionsMovedException() : Exception("The database has read the log up to another place than this consumer.");
