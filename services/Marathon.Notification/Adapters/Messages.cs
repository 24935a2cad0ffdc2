using System.Text.Json;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Notification.Adapters;

/// <inheritdoc cref="IMessages"/>
public sealed class Messages(Outbox outbox) : IMessages
{
    /// <summary>The advisory lock that leases share and an erasure has alone: "SMS".</summary>
    internal const long LeaseLock = 0x534D53;

    /// <inheritdoc/>
    public async Task KeepContactsAsync(IReadOnlyList<Contact> contacts, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var keep = work.Command("""
            INSERT INTO contacts (registration_id, number, name, phone_no, language)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            ON CONFLICT (registration_id) DO UPDATE SET number = coalesce(excluded.number, contacts.number), name = excluded.name, phone_no = excluded.phone_no, language = excluded.language
            """,
            contacts.Select(contact => contact.RegistrationId).ToArray(), Texts(contacts.Select(contact => contact.Number)), contacts.Select(contact => contact.Name).ToArray(),
            contacts.Select(contact => contact.PhoneNo).ToArray(), contacts.Select(contact => contact.Language).ToArray());
        await keep.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task QueueAsync(IReadOnlyList<NewMessage> messages, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (messages.Count == 0) return;
        await using var insert = work.Command("""
            INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, trace_parent, fields)
            SELECT id, registration_id, number, kind, cause_stream, cause_version, trace_parent, fields::jsonb
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[]) WITH ORDINALITY
              AS message (id, registration_id, number, kind, cause_stream, cause_version, trace_parent, fields, place)
            WHERE NOT EXISTS (SELECT FROM erasures WHERE erasures.registration_id = message.registration_id)
            ORDER BY place
            ON CONFLICT (registration_id, kind, cause_stream, cause_version) DO NOTHING
            """,
            messages.Select(_ => Guid.CreateVersion7()).ToArray(), messages.Select(message => message.RegistrationId).ToArray(),
            messages.Select(message => message.Number).ToArray(), messages.Select(message => message.Kind.Name).ToArray(),
            messages.Select(message => message.Stream).ToArray(), messages.Select(message => message.Version).ToArray(),
            Texts(messages.Select(message => message.TraceParent)), messages.Select(message => JsonSerializer.Serialize(message.Fields)).ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(Guid lease, TimeSpan length, int limit, Templates templates, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using (var share = work.Command("SELECT pg_advisory_xact_lock_shared($1)", LeaseLock)) await share.ExecuteNonQueryAsync(cancellationToken);
        var leased = await OldestAsync(work, await LockAsync(work, limit, templates, cancellationToken), cancellationToken);
        if (leased.Count == 0) return leased;
        // By the database's clock, the only one that all dispatchers share.
        await using var write = work.Command("""
            UPDATE messages AS message SET text = leased.text, lease = $3, lease_until = now() + $4
            FROM unnest($1::uuid[], $2::text[]) AS leased (id, text) WHERE message.id = leased.id
            """,
            leased.ConvertAll(message => message.Id).ToArray(), leased.ConvertAll(message => message.Text).ToArray(), lease, length);
        await write.ExecuteNonQueryAsync(cancellationToken);
        await work.CommitAsync(cancellationToken);
        return leased;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(Guid Id, int Version)>> AcceptAsync(
        Guid lease, IReadOnlyList<LeasedMessage> sent, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        var accepted = new Dictionary<Guid, Guid>();
        await using (var accept = work.Command("""
            UPDATE messages AS message SET status = 'ACCEPTED', accepted_at = $2, lease = NULL, lease_until = NULL, text = sent.told, fields = fields - $5
            FROM unnest($3::uuid[], $4::text[]) AS sent (id, told)
            WHERE message.id = sent.id AND status = 'QUEUED' AND lease = $1 RETURNING registration_id, message.id
            """, lease, now, sent.Select(message => message.Id).ToArray(), sent.Select(message => message.Told).ToArray(), MessageKind.Secret))
        {
            await using var rows = await accept.ExecuteReaderAsync(cancellationToken);
            // A registration has one message at most under a lease, so each history goes on by one.
            while (await rows.ReadAsync(cancellationToken)) accepted.Add(rows.GetGuid(0), rows.GetGuid(1));
        }
        return [.. (await TellAsync(work, [.. accepted.Keys], cancellationToken)).Select(told => (accepted[told.RegistrationId], told.Version))];
    }

    /// <inheritdoc/>
    public async Task PauseAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var pause = work.Command("SELECT pg_advisory_xact_lock($1)", LeaseLock);
        await pause.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(Guid RegistrationId, int Version)>> EndAsync(IReadOnlyList<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using (var give = work.Command("DELETE FROM messages WHERE registration_id = ANY ($1) AND status = 'QUEUED'", registrations.ToArray()))
            await give.ExecuteNonQueryAsync(cancellationToken);
        return await TellAsync(work, registrations, cancellationToken);
    }

    /// <summary>One event more is told of each.</summary>
    private static async Task<IReadOnlyList<(Guid RegistrationId, int Version)>> TellAsync(UnitOfWork work, IReadOnlyList<Guid> registrations, CancellationToken cancellationToken)
    {
        await using var tell = work.Command("""
            INSERT INTO histories AS history (registration_id, version) SELECT registration_id, 1 FROM unnest($1::uuid[]) AS told (registration_id) ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET version = history.version + 1
            RETURNING registration_id, version
            """, registrations.ToArray());
        var told = new List<(Guid, int)>();
        await using var rows = await tell.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) told.Add((rows.GetGuid(0), rows.GetInt32(1)));
        return told;
    }

    /// <summary>
    /// Of messages that are locked, those that are the oldest of their registration. Asked of the whole batch at once and after the lock: as a
    /// condition of the locking query it tempts the planner, whose statistics are of an empty queue, to walk the queue for every message.
    /// </summary>
    private static async Task<List<LeasedMessage>> OldestAsync(UnitOfWork work, List<LeasedMessage> locked, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT DISTINCT ON (registration_id) id FROM messages WHERE registration_id = ANY ($1) AND status = 'QUEUED' ORDER BY registration_id, seq
            """, locked.Select(message => message.RegistrationId).Distinct().ToArray());
        var oldest = new HashSet<Guid>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) oldest.Add(rows.GetGuid(0));
        return locked.FindAll(message => oldest.Contains(message.Id));
    }

    private static async Task<List<LeasedMessage>> LockAsync(UnitOfWork work, int limit, Templates templates, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT message.id, message.registration_id, message.number, message.kind, contact.phone_no, message.text, message.trace_parent,
              contact.name, contact.language, message.fields::text
            FROM messages AS message JOIN contacts AS contact USING (registration_id)
            WHERE message.status = 'QUEUED' AND contact.phone_no <> '' AND (message.lease_until IS NULL OR message.lease_until < now())
            ORDER BY message.seq LIMIT $1 FOR UPDATE OF message SKIP LOCKED
            """, limit);
        var locked = new List<LeasedMessage>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (number, kind) = (rows.GetString(2), rows.GetString(3));
            var template = templates.Find(kind, rows.GetString(8));
            var fields = JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(9))!;
            (fields["name"], fields["number"]) = (rows.GetString(7), number);
            var text = rows.IsDBNull(5) ? template.Render(fields) : rows.GetString(5);
            locked.Add(new LeasedMessage(
                rows.GetGuid(0), rows.GetGuid(1), number, kind, rows.GetString(4), text,
                fields.TryGetValue(MessageKind.Secret, out var secret) ? text.Replace(secret, "…", StringComparison.Ordinal) : text,
                rows.IsDBNull(6) ? null : rows.GetString(6)));
        }
        return locked;
    }

    private static NpgsqlParameter Texts(IEnumerable<string?> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
