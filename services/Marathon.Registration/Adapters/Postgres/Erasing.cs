using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>The person is taken out of registrations, under their locks, and the others are told.</summary>
internal static class Erasing
{
    /// <summary>Where Registration keeps what is personal. What a request said of itself is: a caller may have made its key of a name.</summary>
    public static readonly PersonalData Kept = new("registrations", "id = ANY ($1)", "name", "phone_no", "address", "identity", "payment_token", "idempotency_key");

    public static async Task EraseAsync(UnitOfWork work, Erasure erasure, IReadOnlyList<Guid> registrations, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = new List<(RegistrationErased Event, int Version)>();
        // Null rather than empty where two must not be alike. The hash goes too: who has an idea of what was in a request could tell by it.
        await using (var update = work.Command("""
            UPDATE registrations SET erased_at = $2, identity = NULL, payment_token = NULL, idempotency_key = NULL, request_hash = NULL, trace_parent = NULL, version = version + 1
            WHERE id = ANY ($1) RETURNING id, number, version
            """, registrations.ToArray(), now.UtcDateTime))
        {
            await using var rows = await update.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                told.Add((new RegistrationErased { RegistrationId = rows.GetGuid(0), Number = rows.GetString(1), At = now }, rows.GetInt32(2)));
        }
        await erasure.EraseAsync(work, registrations, cancellationToken);
        foreach (var (erased, version) in told) work.Publish(erased, version);
    }

    /// <summary>Locks the next registrations of these races, after the id <paramref name="last"/>, that are not erased; passes over those that somebody has locked.</summary>
    public static async Task<IReadOnlyList<Guid>> LockNextAsync(UnitOfWork work, IReadOnlyList<Guid> races, Guid last, int limit, CancellationToken cancellationToken)
    {
        await using var select = work.Command("""
            SELECT id FROM registrations WHERE race_id = ANY ($1) AND id > $2 AND erased_at IS NULL AND status <> 'HELD' ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
            """, races.ToArray(), last, limit);
        return await select.IdsAsync(cancellationToken);
    }
}
