using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Messaging;

/// <summary>
/// An event put aside, as an operator sees it: waiting, failed, malformed or dropped. The id is the service's own; the source is the service that told
/// it. The payload is there only when a single one is asked for: it holds personal data.
/// </summary>
public sealed record DeadLetter(
    long Id, string State, string Source, string Stream, Guid? AggregateId, int? Version, string Type, DateTimeOffset OccurredAt, DateTimeOffset ParkedAt,
    string? Error, string? Payload = null);

/// <summary>What became of an operator's command.</summary>
public enum DeadLetterOutcome
{
    /// <summary>Done: it is applied, with what waited for it, or dropped, and what waited for it applied.</summary>
    Done,

    /// <summary>There is none.</summary>
    NotFound,

    /// <summary>It failed again; the error is in the letter.</summary>
    FailedAgain,

    /// <summary>It is in a state in which that cannot be done.</summary>
    NotNow,
}

/// <summary>The events that could not be applied, and what an operator can do: apply one again once the cause is mended, or give it up.</summary>
public sealed class DeadLetters
{
    private readonly NpgsqlDataSource database;
    private readonly Outbox outbox;
    private readonly EventApplier applier;

    internal DeadLetters(NpgsqlDataSource database, Outbox outbox, EventApplier applier) => (this.database, this.outbox, this.applier) = (database, outbox, applier);

    /// <summary>The latest first. <paramref name="state"/> null: every state but dropped.</summary>
    public Task<PageOf<DeadLetter>> PageAsync(string? state, PageQuery page, CancellationToken cancellationToken) => database.PageAsync(
        "id, state, source, stream, aggregate_id, version, type, occurred_at, parked_at, error, NULL",
        "FROM parked_events WHERE ($1 = '' AND state <> 'dropped') OR state = $1", "id DESC", [new() { Value = state ?? "" }], page, Read, cancellationToken);

    /// <summary>One, with its payload; null when there is none.</summary>
    public async Task<DeadLetter?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT id, state, source, stream, aggregate_id, version, type, occurred_at, parked_at, error, payload FROM parked_events WHERE id = $1
            """);
        select.Parameters.Add(new() { Value = id });
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    /// <summary>Applies a failed event again, and what waited for it.</summary>
    public Task<DeadLetterOutcome> ReplayAsync(long id, CancellationToken cancellationToken) => CommandAsync(id, "dead-letter-replayed", async (work, letter) =>
    {
        if (letter.State != "failed" || letter.Event is null) return DeadLetterOutcome.NotNow;
        var tally = new EventApplier.Tally();
        await applier.ApplyWithCareAsync(work, [letter.Event], follow: true, tally, cancellationToken);
        if (tally.Applied.Contains(letter.Event)) return DeadLetterOutcome.Done;
        if (tally.Dropped == 0) return DeadLetterOutcome.FailedAgain;
        // Applied long ago: one consumer failed while another succeeded.
        await using var forget = work.Command("DELETE FROM parked_events WHERE id = $1 AND state = 'failed'", id);
        return await forget.ExecuteNonQueryAsync(cancellationToken) > 0 ? DeadLetterOutcome.Done : throw new InboxConflictException();
    }, cancellationToken);

    /// <summary>Gives a failed or malformed event up; what waited for it is applied without it. The letter is kept for the record.</summary>
    public Task<DeadLetterOutcome> DropAsync(long id, CancellationToken cancellationToken) => CommandAsync(id, "dead-letter-dropped", async (work, letter) =>
    {
        if (letter.State == "dropped") return DeadLetterOutcome.Done;
        if (letter.State == "waiting") return DeadLetterOutcome.NotNow;
        // Passed as if it were applied; unless it was, by another consumer.
        if (letter.Event is { } dropped) await Inbox.ClaimAsync(work, await applier.PlanAsync(work, [dropped], follow: false, cancellationToken), cancellationToken);
        await using (var drop = work.Command("UPDATE parked_events SET state = 'dropped' WHERE id = $1 AND state = $2", id, letter.State))
            if (await drop.ExecuteNonQueryAsync(cancellationToken) == 0) throw new InboxConflictException();
        if (letter.Event is { } passed)
            await applier.ApplyWithCareAsync(work, await Inbox.WaitingAsync(work, passed.Key, cancellationToken), follow: false, new EventApplier.Tally(), cancellationToken);
        return DeadLetterOutcome.Done;
    }, cancellationToken);

    /// <summary>
    /// Letters are not locked: whoever commands or consumes claims the aggregate in the inbox first, and two who lock in different orders would wait
    /// for each other. Who comes second starts over, and finds what the first has left.
    /// </summary>
    private async Task<DeadLetterOutcome> CommandAsync(
        long id, string deed, Func<UnitOfWork, (string State, InboxEvent? Event), Task<DeadLetterOutcome>> command, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var work = await outbox.BeginAsync(cancellationToken);
                if (await ReadAsync(work, id, cancellationToken) is not { } letter) return DeadLetterOutcome.NotFound;
                var outcome = await command(work, letter);
                work.Note(new Deed(deed, letter.Event?.Stream, letter.Event?.AggregateId, letter.Event?.Version));
                if (outcome is DeadLetterOutcome.Done or DeadLetterOutcome.FailedAgain) await work.CommitAsync(cancellationToken);
                return outcome;
            }
            catch (Exception exception) when (exception is InboxConflictException or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected })
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<(string State, InboxEvent? Event)?> ReadAsync(UnitOfWork work, long id, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT state, source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at FROM parked_events WHERE id = $1
            """, id);
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        return (row.GetString(0), row.IsDBNull(3) ? null : Inbox.Read(row, first: 1));
    }

    private static DeadLetter Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.ValueOrNull<Guid>(4), row.ValueOrNull<int>(5),
        row.GetString(6), row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8), row.TextOrNull(9),
        row.IsDBNull(10) ? null : System.Text.Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(10)));
}
