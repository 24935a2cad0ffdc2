using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>Takes places for a batch of registrations: one lock, one insert and one change of the counter, however many they are.</summary>
internal static class Holding
{
    /// <summary>A request that is not settled after so long has died; its own deadlines are far shorter.</summary>
    private static readonly TimeSpan RequestIsDeadAfter = TimeSpan.FromSeconds(15);

    private static readonly string ByKeys = StoredRegistrations.Select(", idempotency_key, request_hash FROM registrations WHERE idempotency_key = ANY ($1)");

    public static async Task<IReadOnlyList<HoldResult>> HoldAsync(
        Outbox outbox, IReadOnlyList<HeldRegistration> batch, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var earlier = await FindEarlierAsync(work, batch, cancellationToken);
        var fresh = batch.Where(wish => Earlier(wish.IdempotencyKey, earlier) is null).ToList();
        var places = await Places.LockAsync(work, fresh.Select(wish => wish.Division.Id), cancellationToken);

        // Looked at only here, since it is for the divisions that one waits. A place for who has left would keep everybody else from it until the resolver gives it back.
        var now = time.GetUtcNow();
        var (held, beaten) = (new HashSet<Guid>(), new List<HeldRegistration>());
        var waiting = fresh.Where(wish => !IsTooLate(wish) && places[wish.Division.Id].Terms == wish.Division.Terms).ToList();
        while (true)
        {
            List<HeldRegistration> granted = [], left = [];
            foreach (var wish in waiting) (Take(wish.Division.Id, 1) ? granted : left).Add(wish);
            if (granted.Count == 0) break;
            waiting = left;
            held.UnionWith(await InsertAsync(work, granted, cancellationToken));
            // A unique key stood against the others, the same request twice at once or the same runner: their places are for those who came after them.
            foreach (var wish in granted.Where(wish => !held.Contains(wish.Id)))
            {
                Take(wish.Division.Id, -1);
                beaten.Add(wish);
            }
        }

        foreach (var (key, registration) in await FindEarlierAsync(work, fresh.Where(wish => !held.Contains(wish.Id)), cancellationToken)) earlier[key] = registration;
        var inTheWay = await FindInTheWayAsync(work, [.. beaten.Where(wish => Earlier(wish.IdempotencyKey, earlier) is null)], cancellationToken);
        await Places.ChangeAsync(work, fresh.Where(wish => held.Contains(wish.Id)).Select(wish => wish.Division.Id), +1, now, cancellationToken);
        await work.CommitAsync(cancellationToken);

        var full = waiting.Select(wish => wish.Id).ToHashSet();
        return [.. batch.Select(wish =>
            held.Contains(wish.Id) ? HoldResult.Held
            : Earlier(wish.IdempotencyKey, earlier) is { } result ? result
            : IsTooLate(wish) ? HoldResult.TooLate
            : places[wish.Division.Id].Terms != wish.Division.Terms ? HoldResult.Outdated
            : full.Contains(wish.Id) ? HoldResult.Refused(Rejection.RaceFull)
            // Neither its own id nor its person, or no more: it was the number.
            : inTheWay.GetValueOrDefault(wish.Id, HoldResult.NumberTaken))];

        bool IsTooLate(HeldRegistration wish) => now - wish.HeldAt > HeldRegistration.Patience;

        bool Take(Guid division, int count)
        {
            var place = places[division];
            if (place.Free < count) return false;
            places[division] = place with { Free = place.Free - count };
            return true;
        }
    }

    /// <summary>What came of these requests before, without a lock.</summary>
    public static async Task<IReadOnlyList<HoldResult?>> RecallAsync(NpgsqlDataSource database, IReadOnlyList<IdempotencyKey> batch, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(ByKeys);
        select.Parameters.AddWithValue(batch.Select(key => key.Key).ToArray());
        var earlier = await ReadEarlierAsync(select, cancellationToken);
        return [.. batch.Select(key => Earlier(key, earlier))];
    }

    private static HoldResult? Earlier(IdempotencyKey? key, Dictionary<string, (byte[] RequestHash, StoredRegistration Registration)> earlier) =>
        key is null || !earlier.TryGetValue(key.Key, out var found) ? null
        : found.RequestHash.AsSpan().SequenceEqual(key.RequestHash) ? HoldResult.Repeats(found.Registration)
        : HoldResult.Refused(Rejection.IdempotencyKeyReused);

    private static async Task<Dictionary<string, (byte[], StoredRegistration)>> FindEarlierAsync(UnitOfWork work, IEnumerable<HeldRegistration> wishes, CancellationToken cancellationToken)
    {
        var keys = wishes.Where(wish => wish.IdempotencyKey is not null).Select(wish => wish.IdempotencyKey!.Key).ToArray();
        if (keys.Length == 0) return [];
        await using var select = work.Command(ByKeys, (object)keys);
        return await ReadEarlierAsync(select, cancellationToken);
    }

    private static async Task<Dictionary<string, (byte[], StoredRegistration)>> ReadEarlierAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, (byte[], StoredRegistration)>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            found[rows.GetString(StoredRegistrations.Columns)] = (rows.GetFieldValue<byte[]>(StoredRegistrations.Columns + 1), StoredRegistrations.Read(rows));
        return found;
    }

    /// <summary>
    /// What stood against these, where it can be said: the same registration, stored by a transaction of which it was not known that it was done; or the same person in the same race.
    /// </summary>
    private static async Task<Dictionary<Guid, HoldResult>> FindInTheWayAsync(UnitOfWork work, IReadOnlyList<HeldRegistration> beaten, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, HoldResult>();
        if (beaten.Count == 0) return found;
        await using var select = work.Command("""
            SELECT id, true, false FROM registrations WHERE id = ANY ($1)
            UNION ALL
            SELECT wish.id, false, status = 'HELD' AND NOT awaits_payment
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS wish (id, race_id, identity) JOIN registrations USING (race_id, identity)
            WHERE registrations.id <> wish.id AND identity IS NOT NULL AND status IN ('HELD', 'REGISTERED')
            """,
            beaten.Select(wish => wish.Id).ToArray(), beaten.Select(wish => wish.Race.Id).ToArray(), beaten.Select(IdentityOf).ToArray());
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            found[rows.GetGuid(0)] = rows.GetBoolean(1) ? HoldResult.Held : rows.GetBoolean(2) ? HoldResult.Unsettled : HoldResult.Refused(Rejection.AlreadyRegistered);
        return found;
    }

    /// <summary>Null where a race takes the same person as often as they like.</summary>
    private static string? IdentityOf(HeldRegistration wish) => wish.Race.AllowsDuplicates ? null : wish.Runner.Identity;

    private static async Task<HashSet<Guid>> InsertAsync(UnitOfWork work, List<HeldRegistration> granted, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO registrations (
              id, number, access_key_hash, race_id, division_id, status, pay_status, name, phone_no, address, top_size, bottom_size, language, amount,
              payment_token, identity, idempotency_key, request_hash, trace_parent, held_at, hold_until, resolve_at)
            SELECT id, number, access_key_hash, race_id, division_id, 'HELD', 'PAYMENT_PENDING', name, phone_no, address, top_size, bottom_size, language, amount,
              payment_token, identity, idempotency_key, request_hash, trace_parent, held_at, hold_until, resolve_at
            FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                        $12::int[], $13::text[], $14::text[], $15::text[], $16::bytea[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
              AS wish (id, number, access_key_hash, race_id, division_id, name, phone_no, address, top_size, bottom_size, language,
                       amount, payment_token, identity, idempotency_key, request_hash, trace_parent, held_at, hold_until, resolve_at)
            ON CONFLICT DO NOTHING
            RETURNING id
            """,
            Column(wish => wish.Id), Column(wish => wish.Number.Text), Column(wish => wish.AccessKeyHash), Column(wish => wish.Race.Id), Column(wish => wish.Division.Id),
            Column(wish => wish.Runner.Name), Column(wish => wish.Runner.PhoneNo), Column(wish => wish.Runner.Address), Column(wish => wish.Runner.TopSize),
            Column(wish => wish.Runner.BottomSize), Column(wish => wish.Runner.Language), Column(wish => wish.Amount), Column(wish => wish.PaymentToken),
            Column(IdentityOf), Column(wish => wish.IdempotencyKey?.Key), Column(wish => wish.IdempotencyKey?.RequestHash), Column(wish => wish.TraceParent),
            Column(wish => wish.HeldAt.UtcDateTime), Column(wish => wish.HoldUntil.UtcDateTime),
            Column(wish => (wish.HeldAt + RequestIsDeadAfter).UtcDateTime));
        return [.. await insert.IdsAsync(cancellationToken)];

        T[] Column<T>(Func<HeldRegistration, T> value) => granted.Select(value).ToArray();
    }
}
