using System.Text.Json;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Adapters;

/// <inheritdoc cref="IMessages"/>
public sealed class Messages(Templates templates, NotificationOptions options) : IMessages
{
    /// <summary>The advisory lock that leases share and an erasure has alone: "SMS".</summary>
    internal const long LeaseLock = 0x534D53;

    /// <inheritdoc/>
    public async Task KeepContactsAsync(IReadOnlyList<Contact> contacts, UnitOfWork work, CancellationToken cancellationToken)
    {
        // In the order of their ids, as whoever counts up their versions does.
        await using var keep = work.Command("""
            INSERT INTO contacts (registration_id, number, name, phone_no, language, race_id, confirmed_at, ended_at, wants_all)
            SELECT registration_id, number, name, phone_no, language, race_id, confirmed_at, ended_at, wants_all
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::boolean[])
              AS heard (registration_id, number, name, phone_no, language, race_id, confirmed_at, ended_at, wants_all)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              number = excluded.number, name = excluded.name, phone_no = excluded.phone_no, language = excluded.language,
              race_id = coalesce(excluded.race_id, contacts.race_id), confirmed_at = coalesce(excluded.confirmed_at, contacts.confirmed_at),
              ended_at = coalesce(excluded.ended_at, contacts.ended_at), wants_all = excluded.wants_all
            """,
            Column(contact => contact.RegistrationId), Column(contact => contact.Number), Column(contact => contact.Name), Column(contact => contact.PhoneNo),
            Column(contact => contact.Language), Column(contact => contact.RaceId), Column(contact => contact.ConfirmedAt?.UtcDateTime), Column(contact => contact.EndedAt?.UtcDateTime),
            Column(contact => contact.WantsAll));
        await keep.ExecuteNonQueryAsync(cancellationToken);

        T[] Column<T>(Func<Contact, T> value) => [.. contacts.Select(value)];
    }

    /// <inheritdoc/>
    public async Task QueueAsync(IReadOnlyList<NewMessage> messages, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (messages.Count == 0) return;
        await using var insert = work.Command("""
            INSERT INTO messages (id, registration_id, number, kind, cause_stream, cause_version, trace_parent, text, fields, queued_at)
            SELECT id, registration_id, number, kind, cause_stream, cause_version, trace_parent, text, fields::jsonb, CASE WHEN occurred_at < now() - $11 THEN occurred_at ELSE now() END
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::timestamptz[]) WITH ORDINALITY
              AS message (id, registration_id, number, kind, cause_stream, cause_version, trace_parent, text, fields, occurred_at, place)
            WHERE NOT EXISTS (SELECT FROM erasures WHERE erasures.registration_id = message.registration_id)
            ORDER BY place
            ON CONFLICT (id) DO NOTHING
            """,
            Column(message => MessageId.Of(message.RegistrationId, message.Kind.Name, message.Stream, message.Version)), Column(message => message.RegistrationId),
            Column(message => message.Number), Column(message => message.Kind.Name), Column(message => message.Stream), Column(message => message.Version),
            Column(message => message.TraceParent), Column(Text), Column(message => message.Contact is null ? JsonSerializer.Serialize(message.Fields) : null),
            Column(message => message.OccurredAt?.UtcDateTime), options.StaleAfter);
        await insert.ExecuteNonQueryAsync(cancellationToken);

        T[] Column<T>(Func<NewMessage, T> value) => [.. messages.Select(value)];
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
        // By registration (so OFFSET 0), not by looking through the whole queue for theirs.
        await using (var give = work.Command("""
            DELETE FROM messages WHERE id IN (
              SELECT own.id FROM unnest($1) AS registration, LATERAL (SELECT * FROM messages WHERE registration_id = registration OFFSET 0 FOR UPDATE) AS own WHERE status = 'QUEUED')
            """, registrations.ToArray()))
            await give.ExecuteNonQueryAsync(cancellationToken);
        return await Histories.TellAsync(work, registrations, cancellationToken);
    }

    private string? Text(NewMessage message)
    {
        if (message.Contact is not { } contact) return null;
        var fields = new Dictionary<string, string>(message.Fields) { ["name"] = contact.Name, ["number"] = message.Number };
        return templates.Find(message.Kind.Name, contact.Language).Render(fields);
    }
}
