using Marathon.Contracts;
using Marathon.ServiceDefaults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>
/// Asks again for what waiting events wait for. An event whose predecessor is merely late is applied long before; one whose predecessor never came
/// would wait for ever. Whoever told it is asked for the aggregate's events, by an event like any other, after five seconds, ten, twenty …
/// </summary>
internal sealed class MissingEvents(Outbox outbox, MessagingOptions options, TimeProvider time, ILogger<MissingEvents> logger) : BackgroundService
{
    private const int AtOnce = 1000;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, options.AskAfter).RunAsync(
        AskAsync, exception => logger.LogDebug("Missing events are asked for later: {Reason}", Rounds.Reason(exception)), stoppingToken);

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        // What another consumer applied while this one put it aside waits for nothing.
        await using (var known = work.Command("""
            DELETE FROM parked_events USING inbox
            WHERE state = 'waiting' AND ask_at <= now() AND (inbox.stream, inbox.aggregate_id) = (parked_events.stream, parked_events.aggregate_id)
              AND parked_events.version <= inbox.version
            """))
            await known.ExecuteNonQueryAsync(cancellationToken);
        var missing = new List<(string Teller, string Stream, Guid AggregateId)>();
        await using (var due = work.Command("""
            WITH due AS (
              SELECT id FROM parked_events AS waiting WHERE state = 'waiting' AND ask_at <= now()
                -- Behind a dead letter it waits for the operator.
                AND NOT EXISTS (
                  SELECT 1 FROM parked_events AS failed
                  WHERE (failed.stream, failed.aggregate_id, failed.state) = (waiting.stream, waiting.aggregate_id, 'failed'))
              ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            UPDATE parked_events SET asked = asked + 1, ask_at = now() + least($1 * power(2, least(asked, 20) + 1), interval '1 hour')
            FROM due WHERE parked_events.id = due.id
            RETURNING source, stream, aggregate_id
            """, options.AskAfter, AtOnce))
        await using (var rows = await due.ExecuteReaderAsync(cancellationToken))
            while (await rows.ReadAsync(cancellationToken)) missing.Add((rows.GetString(0), rows.GetString(1), rows.GetGuid(2)));

        foreach (var teller in missing.GroupBy(entry => (entry.Teller, entry.Stream)))
        {
            var ids = teller.Select(entry => entry.AggregateId).Distinct().ToList();
            logger.LogWarning("{Teller} is asked again for the {Stream} of {Count} aggregates, of which one never came", teller.Key.Teller, teller.Key.Stream, ids.Count);
            work.Publish(new EventsMissed { RequestId = Guid.CreateVersion7(), Teller = teller.Key.Teller, Stream = teller.Key.Stream, AggregateIds = ids }, version: 1);
        }
        await work.CommitAsync(cancellationToken);
    }
}

/// <summary>Sends again what another service has missed.</summary>
internal sealed class Resend(MessagingOptions options) : IHandle<EventsMissed>
{
    public async Task HandleAsync(IReadOnlyList<Received<EventsMissed>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        foreach (var missed in events.Select(heard => heard.Event).Where(missed => missed.Teller.Length == 0 || missed.Teller == options.Source))
            await Replays.RequestAsync(work, new ReplayRange(missed.Stream, missed.AggregateIds, missed.Since), "missed by another service", cancellationToken);
    }
}
