using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>Takes places for a batch of registrations: one lock, one insert and one change of the counter, however many they are.</summary>
internal static class Holding
{
    /// <summary>A request that is not settled after so long has died; its own deadlines are far shorter.</summary>
    private static readonly TimeSpan RequestIsDeadAfter = TimeSpan.FromSeconds(15);

    private static readonly string ByKeys = StoredRegistrations.Select(", idempotency_key, request_hash FROM registrations WHERE idempotency_key = ANY ($1)");

    public static async Task<IReadOnlyList<HoldResult>> HoldAsync(
        Outbox outbox, IReadOnlyList<HeldRegistration> batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var earlier = await FindEarlierAsync(work, batch, cancellationToken);
        var fresh = batch.Where(wish => Earlier(wish.IdempotencyKey, earlier) is null).ToList();
        var places = await Places.LockAsync(work, fresh.Select(wish => wish.Division.Id), cancellationToken);

        var held = new HashSet<Guid>();
        var waiting = fresh.Where(wish => places[wish.Division.Id].Terms == wish.Division.Terms).ToList();
        while (true)
        {
            List<HeldRegistration> granted = [], left = [];
            foreach (var wish in waiting) (Take(wish.Division.Id, 1) ? granted : left).Add(wish);
            if (granted.Count == 0) break;
            waiting = left;
            held.UnionWith(await InsertAsync(work, granted, cancellationToken));
            // A unique key stood against the others, the same request twice at once or the same runner: their places are for those who came after them.
            foreach (var beaten in granted.Where(wish => !held.Contains(wish.Id))) Take(beaten.Division.Id, -1);
        }

        foreach (var (key, registration) in await FindEarlierAsync(work, fresh.Where(wish => !held.Contains(wish.Id)), cancellationToken)) earlier[key] = registration;
        await Places.ChangeAsync(work, fresh.Where(wish => held.Contains(wish.Id)).Select(wish => wish.Division.Id), +1, now, cancellationToken);
        await work.CommitAsync(cancellationToken);

        var full = waiting.Select(wish => wish.Id).ToHashSet();
        return [.. batch.Select(wish =>
            held.Contains(wish.Id) ? HoldResult.Held
            : Earlier(wish.IdempotencyKey, earlier) is { } result ? result
            : places[wish.Division.Id].Terms != wish.Division.Terms ? HoldResult.Outdated
            : full.Contains(wish.Id) ? HoldResult.Refused(Rejection.RaceFull)
            : wish.Race.AllowsDuplicates ? HoldResult.NumberTaken
            : HoldResult.Refused(Rejection.AlreadyRegistered))];

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
            Column(wish => wish.Runner.BottomSize), Column(wish => wish.Runner.Language), Column(wish => wish.Amount), Text(wish => wish.PaymentToken),
            Text(wish => wish.Race.AllowsDuplicates ? null : wish.Runner.Identity), Text(wish => wish.IdempotencyKey?.Key),
            new NpgsqlParameter { Value = Column(wish => wish.IdempotencyKey?.RequestHash), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            Text(wish => wish.TraceParent), Column(wish => wish.HeldAt.UtcDateTime), Column(wish => wish.HoldUntil.UtcDateTime),
            Column(wish => (wish.HeldAt + RequestIsDeadAfter).UtcDateTime));
        var held = new HashSet<Guid>();
        await using var rows = await insert.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) held.Add(rows.GetGuid(0));
        return held;

        T[] Column<T>(Func<HeldRegistration, T> value) => granted.Select(value).ToArray();
        NpgsqlParameter Text(Func<HeldRegistration, string?> value) => new() { Value = Column(value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    }
}
