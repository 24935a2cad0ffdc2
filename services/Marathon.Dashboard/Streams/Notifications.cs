using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

/// <summary>The messages, from the stream <c>notifications</c>.</summary>
internal sealed class Notifications(Changes changes) : IHandle<SmsAccepted>, IHandle<SmsDelivered>, IHandle<SmsFailed>
{
    public async Task HandleAsync(IReadOnlyList<Received<SmsAccepted>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var write = changes.Command(work, """
            INSERT INTO messages AS known (message_id, registration_id, version, kind, text, at, status)
            SELECT *, 'ACCEPTED' FROM unnest($2::uuid[], $1::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[])
            ON CONFLICT (registration_id, message_id) DO UPDATE SET version = excluded.version, kind = excluded.kind, text = excluded.text, at = excluded.at, status = excluded.status
            WHERE known.version < excluded.version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.MessageId), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.Kind), events.Each(heard => heard.Event.Text), events.Each(heard => heard.Event.At.UtcDateTime));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Its place among the messages stays where it was taken.</summary>
    public async Task HandleAsync(IReadOnlyList<Received<SmsDelivered>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var write = changes.Command(work, """
            UPDATE messages AS known SET status = 'DELIVERED', settled_at = heard.at
            FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS heard (registration_id, message_id, at)
            WHERE (known.registration_id, known.message_id) = (heard.registration_id, heard.message_id)
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.MessageId), events.Each(heard => heard.Event.At.UtcDateTime));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The provider need not have taken it before.</summary>
    public async Task HandleAsync(IReadOnlyList<Received<SmsFailed>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var write = changes.Command(work, """
            INSERT INTO messages AS known (message_id, registration_id, version, kind, text, at, settled_at, reason, status)
            SELECT *, 'FAILED' FROM unnest($2::uuid[], $1::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $6::timestamptz[], $7::text[])
            ON CONFLICT (registration_id, message_id) DO UPDATE SET status = excluded.status, settled_at = excluded.settled_at, reason = excluded.reason
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.MessageId), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.Kind), events.Each(heard => heard.Event.Text), events.Each(heard => heard.Event.At.UtcDateTime),
            events.Each(heard => heard.Event.Reason));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }
}
