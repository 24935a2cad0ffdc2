using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Marathon.ServiceDefaults.Values;
using Npgsql;

namespace Marathon.Notification.Adapters;

/// <summary>A message, as the organiser sees it.</summary>
/// <param name="RegisterId">The registration that it is about; of one to a supplier, the order.</param>
/// <param name="RaceId">Its race; left out of one to a supplier, and while the registration is not known.</param>
/// <param name="Status"><c>QUEUED</c>, <c>ACCEPTED</c> by the provider, <c>DELIVERED</c> to the phone, <c>FAILED</c>, or <c>UNWANTED</c>: its runner wants no such messages.</param>
/// <param name="Text">What it says; left out until that is written.</param>
/// <param name="DueAt">When it is looked at next, while it is queued.</param>
/// <param name="SettledAt">When it was delivered, or failed.</param>
/// <param name="Reason">Why it failed, or waits: a stable code.</param>
/// <param name="Attempts">How often it was given to the provider.</param>
public sealed record SmsView(
    Guid MessageId, Guid RegisterId, string Number, Guid? RaceId, string Kind, string Status, string? PhoneNo, string? Text, DateTimeOffset QueuedAt, DateTimeOffset? DueAt,
    DateTimeOffset? AcceptedAt, DateTimeOffset? SettledAt, string? Reason, int Attempts);

/// <summary>One time that a message was given to the provider.</summary>
/// <param name="Outcome"><c>ACCEPTED</c>, <c>REFUSED</c>, <c>LATER</c>, <c>UNKNOWN</c>: nobody can tell; or <c>LOST</c>: it was in doubt, and the provider does not know it.</param>
public sealed record AttemptView(int Attempt, DateTimeOffset At, string Outcome, string? Reason);

/// <summary>What is looked for. Null: anything.</summary>
/// <param name="Number">The registration's, or the order's.</param>
/// <param name="Text">A number, a phone number, or part of a name.</param>
public sealed record SmsFilter(string? Number, string? Status, string? Kind, Guid? RaceId, string? Text);

/// <summary>Reading the messages, for people.</summary>
public sealed class HistoryList(NpgsqlDataSource database)
{
    /// <summary>While it is queued, the text of a link has the link in it, which is for the phone alone: it is told as it will be when it is settled.</summary>
    private const string Columns = $"""
        message.id, message.registration_id, message.number, contact.race_id, message.kind, message.status, contact.phone_no,
          coalesce(replace(message.text, message.fields ->> '{MessageKind.Secret}', '…'), message.text), message.queued_at,
          CASE message.status WHEN 'QUEUED' THEN message.due_at END, message.accepted_at, message.settled_at, message.reason, message.attempts
        """;

    private const string Tables = "FROM messages AS message LEFT JOIN contacts AS contact USING (registration_id)";

    /// <summary>A page, the latest first, and how many there are in all.</summary>
    public Task<PageOf<SmsView>> PageAsync(SmsFilter filter, PageQuery page, CancellationToken cancellationToken)
    {
        var (where, parameters) = Where(filter);
        return database.PageAsync(Columns, $"{Tables} {where}", "message.seq DESC", parameters, page, Read, cancellationToken);
    }

    /// <summary>One, with every attempt; null when there is none.</summary>
    public async Task<(SmsView Message, IReadOnlyList<AttemptView> Attempts)?> FindAsync(Guid messageId, CancellationToken cancellationToken)
    {
        SmsView message;
        await using (var select = database.CreateCommand($"SELECT {Columns} {Tables} WHERE message.id = $1"))
        {
            select.Parameters.Add(new() { Value = messageId });
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            if (!await rows.ReadAsync(cancellationToken)) return null;
            message = Read(rows);
        }
        var attempts = new List<AttemptView>();
        await using (var select = database.CreateCommand("SELECT attempt, at, outcome, reason FROM attempts WHERE message_id = $1 ORDER BY attempt"))
        {
            select.Parameters.Add(new() { Value = messageId });
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) attempts.Add(new AttemptView(rows.GetInt32(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetString(2), rows.GetString(3)));
        }
        // One that was in doubt is known by now.
        if (message.AcceptedAt is { } accepted) attempts = [.. attempts.Where(attempt => attempt.Attempt != message.Attempts), new AttemptView(message.Attempts, accepted, "ACCEPTED", null)];
        return (message, attempts);
    }

    private static (string Where, IReadOnlyList<NpgsqlParameter> Parameters) Where(SmsFilter filter)
    {
        var (conditions, parameters) = (new List<string>(), new List<NpgsqlParameter>());
        if (filter.Number is { } number) Only("message.registration_id = ANY (ARRAY(SELECT registration_id FROM contacts WHERE contacts.number = {0}))", RegistrationNumber.Normal(number));
        if (filter.Status is { } status) Only("message.status = {0}", status);
        if (filter.Kind is { } kind) Only("message.kind = {0}", kind);
        if (filter.RaceId is { } raceId) Only("contact.race_id = {0}", raceId);
        if (filter.Text is { } text)
        {
            if (PhoneNumber.TryParse(text, out var phone)) Only("message.registration_id = ANY (ARRAY(SELECT registration_id FROM contacts WHERE phone_no <> '' AND dialled(phone_no) = {0}))", phone.Digits);
            else Only("(message.number = {0} OR position(lower({1}) IN lower(contact.name)) > 0)", RegistrationNumber.Normal(text), text);
        }
        return (conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions), parameters);

        void Only(string condition, params object[] values)
        {
            foreach (var (at, value) in values.Index())
            {
                parameters.Add(new() { Value = value });
                condition = condition.Replace($"{{{at}}}", $"${parameters.Count}", StringComparison.Ordinal);
            }
            conditions.Add(condition);
        }
    }

    private static SmsView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.ValueOrNull<Guid>(3), row.GetString(4), row.GetString(5), row.TextOrNull(6), row.TextOrNull(7), row.GetFieldValue<DateTimeOffset>(8),
        row.ValueOrNull<DateTimeOffset>(9), row.ValueOrNull<DateTimeOffset>(10), row.ValueOrNull<DateTimeOffset>(11), row.TextOrNull(12), row.GetInt32(13));
}
