using System.Text.Json;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Notification.Adapters;

/// <inheritdoc cref="IMessageQueue"/>
public sealed class MessageQueue(Outbox outbox, NpgsqlDataSource database, Templates templates, TimeProvider time) : IMessageQueue
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private sealed record Locked(LeasedMessage Message, MessageKind Kind, bool WantsAll, bool IsWritten);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(Guid lease, LeaseTerms terms, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await SendingRate.AllowedAsync(work, terms, cancellationToken) is not (> 0 and var allowed)) return [];
        var locked = await LockAsync(work, allowed, cancellationToken);
        if (locked.Count == 0) return [];
        var left = await LeaveAsync(work, locked, terms, cancellationToken);
        var due = locked.FindAll(found => !left.Contains(found.Message.Id));
        var leased = await OldestAsync(work, due, cancellationToken);
        if (leased.Count > 0)
        {
            // By the database's clock, the only one that all dispatchers share.
            await using var write = work.Command("""
                UPDATE messages AS message SET
                  text = coalesce(leased.text, message.text), lease = $3, lease_until = now() + $4, attempts = leased.attempt, given_at = coalesce(given_at, now())
                FROM unnest($1::uuid[], $2::text[], $5::int[]) AS leased (id, text, attempt) WHERE message.id = leased.id
                """,
                leased.ConvertAll(found => found.Message.Id).ToArray(), leased.ConvertAll(found => found.IsWritten ? null : found.Message.Text).ToArray(), lease, terms.Length,
                leased.ConvertAll(found => found.Message.Attempt).ToArray());
            await write.ExecuteNonQueryAsync(cancellationToken);
            if (terms.Rate is not null) await SendingRate.SpendAsync(work, leased.Count, cancellationToken);
        }
        var isChanged = leased.Count > 0 || left.Count > 0;
        isChanged |= await StandAsideAsync(work, due, leased, cancellationToken);
        if (isChanged) await work.CommitAsync(cancellationToken);
        return leased.ConvertAll(found => found.Message);
    }

    /// <inheritdoc/>
    public async Task GiveAgainAsync(Guid lease, IReadOnlyList<LeasedMessage> lost, CancellationToken cancellationToken)
    {
        if (lost.Count == 0) return;
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using (var give = work.Command("UPDATE messages SET attempts = attempts + 1 WHERE id = ANY ($1) AND lease = $2", lost.Select(message => message.Id).ToArray(), lease))
            await give.ExecuteNonQueryAsync(cancellationToken);
        await KeepAttemptsAsync(work, [.. lost.Select(message => (message.Id, message.Attempt, "LOST", "not-taken"))], time.GetUtcNow(), cancellationToken);
        await work.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ToldMessage>> NoteAsync(Guid lease, IReadOnlyList<AttemptNote> notes, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        var noted = new Dictionary<Guid, int>(notes.Count);
        // What is leased is queued. (Said as well, that would lead the planner to the index of the queue, and through all of it for each message.)
        await using (var note = work.Command("""
            UPDATE messages AS message SET
              status = outcome.status, lease = NULL, lease_until = NULL,
              text = coalesce(outcome.told, message.text), fields = CASE WHEN outcome.status = 'QUEUED' THEN fields END,
              provider_id = outcome.provider_id, reason = outcome.reason,
              accepted_at = CASE outcome.status WHEN 'ACCEPTED' THEN $2 END, settled_at = CASE outcome.status WHEN 'FAILED' THEN $2 END,
              given_at = CASE WHEN outcome.in_doubt THEN given_at END, due_at = CASE WHEN outcome.status = 'QUEUED' THEN now() + outcome.next_at ELSE due_at END,
              report_at = CASE outcome.status WHEN 'ACCEPTED' THEN now() + outcome.report_at END
            FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::interval[], $10::interval[])
              AS outcome (id, status, told, provider_id, reason, in_doubt, next_at, report_at)
            WHERE message.id = outcome.id AND lease = $1 RETURNING message.id, attempts
            """,
            lease, now.UtcDateTime, notes.Select(note => note.Message.Id).ToArray(), notes.Select(note => Status(note.Outcome)).ToArray(),
            // Of a secret nothing is left when there is nothing more to send.
            notes.Select(note => note.Message.Told == note.Message.Text || Status(note.Outcome) == Queued ? null : note.Message.Told).ToArray(),
            notes.Select(note => (note.Outcome as SendOutcome.Accepted)?.ProviderId).ToArray(), notes.Select(note => Reason(note.Outcome)).ToArray(),
            notes.Select(note => note.Outcome is SendOutcome.Unknown).ToArray(), notes.Select(note => note.NextAt).ToArray(), notes.Select(note => note.ReportAt).ToArray()))
        {
            await using var rows = await note.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) noted.Add(rows.GetGuid(0), rows.GetInt32(1));
        }
        await KeepAttemptsAsync(work, [.. notes.Where(note => noted.ContainsKey(note.Message.Id) && note.Outcome is not SendOutcome.Accepted)
            .Select(note => (note.Message.Id, noted[note.Message.Id], note.Outcome.GetType().Name.ToUpperInvariant(), Reason(note.Outcome)!))], now, cancellationToken);
        var told = notes.Where(note => noted.ContainsKey(note.Message.Id) && Status(note.Outcome) != Queued).ToList();
        // A registration has one message at most under a lease.
        return [.. told.Zip(await Histories.TellAsync(work, told.ConvertAll(note => note.Message.RegistrationId), cancellationToken), (note, history) => new ToldMessage(note.Message.Id, history.Version))];
    }

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellationToken) => SendingRate.ResumeAsync(database, cancellationToken);

    /// <inheritdoc/>
    public Task PauseAsync(TimeSpan shortest, TimeSpan longest, CancellationToken cancellationToken) => SendingRate.PauseAsync(database, shortest, longest, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Unreported>> UnreportedAsync(int most, TimeSpan interval, TimeSpan longest, CancellationToken cancellationToken)
    {
        // Whoever takes them moves them on: a replica that dies with some only delays them.
        await using var take = database.CreateCommand("""
            WITH due AS (SELECT id FROM messages WHERE report_at <= now() ORDER BY report_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE messages AS message SET report_at = CASE WHEN accepted_at > now() - $3 THEN now() + $2 END FROM due WHERE message.id = due.id
            RETURNING message.id, provider_id, accepted_at
            """);
        take.Parameters.Add(new() { Value = most });
        take.Parameters.Add(new() { Value = interval });
        take.Parameters.Add(new() { Value = longest });
        var unreported = new List<Unreported>();
        await using var rows = await take.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) unreported.Add(new Unreported(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2)));
        return unreported;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SettledMessage>> SettleAsync(IReadOnlyList<SmsReport> reports, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        // Nobody is erased meanwhile: nothing is told of them after that.
        await using (var share = work.Command("SELECT pg_advisory_xact_lock_shared($1)", Messages.LeaseLock)) await share.ExecuteNonQueryAsync(cancellationToken);
        var settled = new List<SettledMessage>();
        var last = reports.DistinctBy(report => report.Reference).OrderBy(report => report.Reference).ToList();
        await using (var settle = work.Command("""
            UPDATE messages AS message SET status = CASE WHEN report.reason IS NULL THEN 'DELIVERED' ELSE 'FAILED' END, settled_at = $3, reason = report.reason, report_at = NULL
            FROM unnest($1::uuid[], $2::text[]) AS report (id, reason)
            WHERE message.id = report.id AND status = 'ACCEPTED' AND NOT EXISTS (SELECT FROM erasures WHERE erasures.registration_id = message.registration_id)
            RETURNING message.id, registration_id, number, kind, text, message.reason, trace_parent
            """, last.ConvertAll(report => report.Reference).ToArray(), last.ConvertAll(report => report.Reason).ToArray(), now.UtcDateTime))
        {
            await using var rows = await settle.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                settled.Add(new SettledMessage(
                    rows.GetGuid(0), 0, rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.TextOrNull(5), rows.TextOrNull(6)));
        }
        return [.. settled.Zip(await Histories.TellAsync(work, settled.ConvertAll(message => message.RegistrationId), cancellationToken), (message, history) => message with { Version = history.Version })];
    }

    private const string Queued = "QUEUED";

    private static string Status(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Accepted => "ACCEPTED",
        SendOutcome.Refused => "FAILED",
        _ => Queued,
    };

    private static string? Reason(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Refused refused => refused.Reason,
        SendOutcome.Later later => later.Reason,
        SendOutcome.Unknown unknown => unknown.Reason,
        _ => null,
    };

    private static async Task KeepAttemptsAsync(
        UnitOfWork work, IReadOnlyList<(Guid Id, int Attempt, string Outcome, string Reason)> attempts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (attempts.Count == 0) return;
        // One that was in doubt may be asked about more than once; the last word on it counts.
        await using var keep = work.Command("""
            INSERT INTO attempts (message_id, attempt, at, outcome, reason) SELECT id, attempt, $5, outcome, reason
            FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS attempt (id, attempt, outcome, reason)
            ON CONFLICT (message_id, attempt) DO UPDATE SET at = excluded.at, outcome = excluded.outcome, reason = excluded.reason
            """,
            attempts.Select(attempt => attempt.Id).ToArray(), attempts.Select(attempt => attempt.Attempt).ToArray(), attempts.Select(attempt => attempt.Outcome).ToArray(),
            attempts.Select(attempt => attempt.Reason).ToArray(), now.UtcDateTime);
        await keep.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Those that are due, in the order of the queue. Contacts are looked up by their key and asked for a number afterwards (so OFFSET 0): otherwise the planner, whose
    /// statistics are of empty tables, finds each in the index of numbers, by walking through all of it. In a sell-out that took two fifths of PostgreSQL's time.
    /// </summary>
    private async Task<List<Locked>> LockAsync(UnitOfWork work, int limit, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT message.id, message.registration_id, message.number, message.kind, contact.phone_no, message.text, message.trace_parent,
              contact.name, contact.language, message.fields::text, message.attempts, message.queued_at, message.given_at, contact.wants_all
            FROM messages AS message, LATERAL (SELECT * FROM contacts WHERE contacts.registration_id = message.registration_id OFFSET 0) AS contact
            WHERE message.status = 'QUEUED' AND message.due_at <= now() AND contact.phone_no <> '' AND (message.lease_until IS NULL OR message.lease_until < now())
            ORDER BY message.due_at, message.seq LIMIT $1 FOR UPDATE OF message SKIP LOCKED
            """, limit);
        var locked = new List<Locked>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (number, kind) = (rows.GetString(2), rows.GetString(3));
            var fields = rows.IsDBNull(9) ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(9))!;
            (fields["name"], fields["number"]) = (rows.GetString(7), number);
            var isWritten = !rows.IsDBNull(5);
            var text = isWritten ? rows.GetString(5) : templates.Find(kind, rows.GetString(8)).Render(fields);
            var givenAt = rows.ValueOrNull<DateTimeOffset>(12);
            locked.Add(new Locked(new LeasedMessage(
                rows.GetGuid(0), rows.GetGuid(1), number, kind, rows.GetString(4), text,
                fields.TryGetValue(MessageKind.Secret, out var secret) ? text.Replace(secret, "…", StringComparison.Ordinal) : text,
                rows.TextOrNull(6), rows.GetInt32(10) + (givenAt is null ? 1 : 0), rows.GetFieldValue<DateTimeOffset>(11), givenAt),
                MessageKind.Of(kind), rows.GetBoolean(13), isWritten));
        }
        return locked;
    }

    /// <summary>What is not sent now: for the morning, or never, because its runner does not want it. Not of what is in doubt, which may be sent already.</summary>
    private async Task<HashSet<Guid>> LeaveAsync(UnitOfWork work, List<Locked> locked, LeaseTerms terms, CancellationToken cancellationToken)
    {
        var morning = terms.Quiet?.End(time.GetUtcNow());
        var unwanted = locked.Where(found => found.Kind.IsOptional && !(found.WantsAll && terms.SendsOptional) && found.Message.GivenAt is null).Select(found => found.Message.Id).ToArray();
        var waiting = morning is null ? [] : locked.Where(found => found.Kind.CanWait && found.Message.GivenAt is null).Select(found => found.Message.Id).Except(unwanted).ToArray();
        if (unwanted.Length + waiting.Length == 0) return [];
        await using var leave = work.Command("""
            UPDATE messages SET status = CASE WHEN id = ANY ($1) THEN 'UNWANTED' ELSE status END, lease = NULL, deferred = true, due_at = coalesce($3, due_at) WHERE id = ANY ($1) OR id = ANY ($2)
            """, unwanted, waiting, Rows.OrNull(morning?.UtcDateTime, NpgsqlDbType.TimestampTz));
        await leave.ExecuteNonQueryAsync(cancellationToken);
        return [.. unwanted, .. waiting];
    }

    /// <summary>
    /// What waits behind an older message of its registration that is not due, or that somebody else has, lets others go before it for a moment: otherwise many such
    /// would stand at the head of the queue, and nobody would get past them.
    /// </summary>
    private static async Task<bool> StandAsideAsync(UnitOfWork work, List<Locked> due, List<Locked> leased, CancellationToken cancellationToken)
    {
        var served = leased.Select(found => found.Message.RegistrationId).ToHashSet();
        var behind = due.Where(found => !served.Contains(found.Message.RegistrationId)).Select(found => found.Message.Id).ToArray();
        if (behind.Length == 0) return false;
        // They are locked, hence queued and due still. (Said as well, the planner would find all of the queue, and look through it for these.)
        await using var wait = work.Command("UPDATE messages SET due_at = now() + $2 WHERE id = ANY ($1)", behind, Moment);
        await wait.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    /// <summary>The oldest message of each registration.</summary>
    public const string Oldest = """
        SELECT oldest.id FROM unnest($1) AS registration, LATERAL (
          SELECT id FROM (SELECT * FROM messages WHERE registration_id = registration OFFSET 0) AS own
          WHERE status = 'QUEUED' AND NOT (deferred AND due_at > now()) ORDER BY seq LIMIT 1) AS oldest
        """;

    /// <summary>
    /// Of messages that are locked, those that are the oldest of their registration, but for what waits for the morning. Asked of the whole batch at once and after
    /// the lock: as a condition of the locking query it tempts the planner, whose statistics are of an empty queue, to walk the queue for every message. (And without
    /// OFFSET 0, to walk it for every batch.)
    /// </summary>
    private static async Task<List<Locked>> OldestAsync(UnitOfWork work, List<Locked> locked, CancellationToken cancellationToken)
    {
        if (locked.Count == 0) return locked;
        await using var select = work.Command(Oldest, locked.Select(found => found.Message.RegistrationId).Distinct().ToArray());
        var oldest = (await select.IdsAsync(cancellationToken)).ToHashSet();
        return locked.FindAll(found => oldest.Contains(found.Message.Id));
    }
}
