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
    public async Task<(IReadOnlyList<DeadLetter> Items, long Total)> ListAsync(string? state, int page, int size, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("""
            SELECT id, state, source, stream, aggregate_id, version, type, occurred_at, parked_at, error, NULL, count(*) OVER ()
            FROM parked_events WHERE ($1 = '' AND state <> 'dropped') OR state = $1 ORDER BY id DESC LIMIT $2 OFFSET $3
            """);
        select.Parameters.Add(new() { Value = state ?? "" });
        select.Parameters.Add(new() { Value = size });
        select.Parameters.Add(new() { Value = (page - 1) * size });
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var (letters, total) = (new List<DeadLetter>(), 0L);
        while (await rows.ReadAsync(cancellationToken))
        {
            letters.Add(Read(rows));
            total = rows.GetInt64(11);
        }
        return (letters, total);
    }

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
    public async Task<DeadLetterOutcome> ReplayAsync(long id, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await LockAsync(work, id, cancellationToken) is not { } letter) return DeadLetterOutcome.NotFound;
        if (letter.State != "failed" || letter.Event is null) return DeadLetterOutcome.NotNow;
        var tally = new EventApplier.Tally();
        await applier.ApplyWithCareAsync(work, [letter.Event], follow: true, tally, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return tally.Applied.Contains(letter.Event) ? DeadLetterOutcome.Done : DeadLetterOutcome.FailedAgain;
    }

    /// <summary>Gives a failed or malformed event up; what waited for it is applied without it. The letter is kept for the record.</summary>
    public async Task<DeadLetterOutcome> DropAsync(long id, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await LockAsync(work, id, cancellationToken) is not { } letter) return DeadLetterOutcome.NotFound;
        if (letter.State == "dropped") return DeadLetterOutcome.Done;
        if (letter.State == "waiting") return DeadLetterOutcome.NotNow;
        await using (var drop = work.Command("UPDATE parked_events SET state = 'dropped' WHERE id = $1", id)) await drop.ExecuteNonQueryAsync(cancellationToken);
        if (letter.Event is { } dropped)
        {
            await Inbox.ClaimAsync(work, InboxPlan.Passing(dropped), cancellationToken);
            await applier.ApplyWithCareAsync(work, await Inbox.WaitingAsync(work, dropped.Key, cancellationToken), follow: false, new EventApplier.Tally(), cancellationToken);
        }
        await work.CommitAsync(cancellationToken);
        return DeadLetterOutcome.Done;
    }

    private static async Task<(string State, InboxEvent? Event)?> LockAsync(UnitOfWork work, long id, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT state, source, stream, aggregate_id, version, type, payload, trace_parent, occurred_at FROM parked_events WHERE id = $1 FOR UPDATE
            """, id);
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        return (row.GetString(0), row.IsDBNull(3) ? null : Inbox.Read(row, first: 1));
    }

    private static DeadLetter Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetGuid(4), row.IsDBNull(5) ? null : row.GetInt32(5),
        row.GetString(6), row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8), row.IsDBNull(9) ? null : row.GetString(9),
        row.IsDBNull(10) ? null : System.Text.Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(10)));
}
