using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Notification.Adapters;

/// <inheritdoc cref="ILinks"/>
public sealed class Links(NpgsqlDataSource database, Outbox outbox, IMessages messages, NotificationOptions options) : ILinks
{
    /// <summary>The advisory lock of whoever answers, so that two replicas do not both count too few: "LINK".</summary>
    private const long AnswerLock = 0x4C494E4B;

    private const int CodeBytes = 20, MostOfNumber = 5, MostSearches = 500;

    private static readonly TimeSpan SamePress = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task AskAsync(string phoneNo, CancellationToken cancellationToken)
    {
        await using var ask = database.CreateCommand("INSERT INTO searches (phone_no, trace_parent) VALUES ($1, $2)");
        ask.Parameters.Add(new() { Value = phoneNo });
        ask.Parameters.Add(Rows.OrNull(Activity.Current?.Id, NpgsqlDbType.Text));
        await ask.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task AnswerAsync(CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        // And nobody is erased meanwhile: a link to them would be queued for ever.
        await using (var alone = work.Command("SELECT pg_advisory_xact_lock($1), pg_advisory_xact_lock_shared($2)", AnswerLock, Messages.LeaseLock))
            await alone.ExecuteNonQueryAsync(cancellationToken);
        var found = await FindAsync(work, cancellationToken);
        if (found.Count > 0)
        {
            var codes = found.ConvertAll(_ => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(CodeBytes)));
            await using (var keep = work.Command("""
                INSERT INTO links (code_hash, registration_id, number) SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::text[])
                """,
                codes.Select(Hash).ToArray(), found.Select(link => link.RegistrationId).ToArray(), found.Select(link => link.Number).ToArray()))
                await keep.ExecuteNonQueryAsync(cancellationToken);
            await messages.QueueAsync([.. found.Zip(codes, (link, code) => new NewMessage(
                link.RegistrationId, link.Number, MessageKind.Link, "searches", link.Search, link.TraceParent, new Dictionary<string, string>
                {
                    [MessageKind.Secret] = $"{options.PublicUrl.TrimEnd('/')}/open/{code}",
                    ["minutes"] = ILinks.GoodFor.TotalMinutes.ToString("0", CultureInfo.InvariantCulture),
                }))], work, cancellationToken);
        }
        await using (var prune = work.Command("DELETE FROM links WHERE made_at < now() - interval '1 day'")) await prune.ExecuteNonQueryAsync(cancellationToken);
        await work.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<OpenedRegistration?> UseAsync(string code, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        OpenedRegistration? opened = null;
        var isFirst = false;
        await using (var use = work.Command("""
            UPDATE links SET used_at = coalesce(used_at, now())
            WHERE code_hash = $1 AND (used_at IS NULL OR used_at > now() - $3) AND made_at > now() - $2 RETURNING registration_id, number, used_at = now()
            """, Hash(code), ILinks.GoodFor, SamePress))
        await using (var rows = await use.ExecuteReaderAsync(cancellationToken))
            if (await rows.ReadAsync(cancellationToken)) (opened, isFirst) = (new(rows.GetGuid(0), rows.GetString(1)), rows.GetBoolean(2));
        if (opened is null) return null;

        if (isFirst) work.Note("link-used", "notifications", opened.RegistrationId);
        await work.CommitAsync(cancellationToken);
        return opened;
    }

    /// <inheritdoc/>
    public async Task RevokeAsync(IReadOnlyList<(Guid RegistrationId, string PhoneNo)> changed, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var revoke = work.Command("""
            DELETE FROM links USING contacts, unnest($1::uuid[], $2::text[]) AS changed (registration_id, phone_no)
            WHERE links.registration_id = changed.registration_id AND contacts.registration_id = changed.registration_id AND contacts.phone_no <> changed.phone_no
            """, changed.Select(change => change.RegistrationId).ToArray(), changed.Select(change => change.PhoneNo).ToArray());
        await revoke.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the searches, and finds what they are answered with. Whoever asked twice meanwhile is answered once.</summary>
    private static async Task<List<(int Search, string? TraceParent, Guid RegistrationId, string Number)>> FindAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var find = work.Command("""
            WITH taken AS (DELETE FROM searches WHERE id IN (SELECT id FROM searches ORDER BY id LIMIT $4) RETURNING id, phone_no, trace_parent),
              asked AS (SELECT DISTINCT ON (dialled(phone_no)) id, dialled(phone_no) AS dialled, trace_parent FROM taken ORDER BY dialled(phone_no), id)
            SELECT asked.id, asked.trace_parent, found.registration_id, found.number FROM asked CROSS JOIN LATERAL (
              SELECT registration_id, number FROM contacts
              WHERE phone_no <> '' AND dialled(phone_no) = asked.dialled AND confirmed_at IS NOT NULL
                AND (SELECT count(*) FROM links WHERE links.registration_id = contacts.registration_id AND made_at > now() - interval '1 hour') < $2
              ORDER BY registration_id DESC LIMIT $1) AS found
            WHERE (SELECT count(*) FROM links JOIN contacts USING (registration_id)
                   WHERE phone_no <> '' AND dialled(phone_no) = asked.dialled AND made_at > now() - interval '1 day') < $3
            """, MostOfNumber, ILinks.MostAnHour, ILinks.MostADay, MostSearches);
        var found = new List<(int, string?, Guid, string)>();
        await using var rows = await find.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            found.Add((rows.GetInt32(0), rows.TextOrNull(1), rows.GetGuid(2), rows.GetString(3)));
        return found;
    }

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));
}
