using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IRoll"/>
public sealed class Roll : IRoll
{
    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, int>> TakeBibsAsync(IReadOnlyCollection<RollEntry> entries, UnitOfWork work, CancellationToken cancellationToken)
    {
        // In the order of the ids, so that two batches with several races in common cannot wait for each other.
        await using var take = work.Command("""
            INSERT INTO races (race_id, name, last_bib)
            SELECT race_id, max(name), count(*) FROM unnest($1::uuid[], $2::text[]) AS entry (race_id, name) GROUP BY race_id ORDER BY race_id
            ON CONFLICT (race_id) DO UPDATE SET last_bib = races.last_bib + excluded.last_bib, name = excluded.name
            RETURNING race_id, last_bib
            """, entries.Select(entry => entry.Race.Id).ToArray(), entries.Select(entry => entry.Race.Name).ToArray());
        var last = new Dictionary<Guid, int>();
        await using var rows = await take.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) last.Add(rows.GetGuid(0), rows.GetInt32(1));
        return last;
    }

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<RollEntry> entries, IReadOnlyList<int> bibs, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var insert = work.Command("""
            INSERT INTO register_masters
              (registration_id, number, race_id, bib, division_id, division_name, name, phone_no, address, top_size, bottom_size, received_at)
            SELECT *, $12::timestamptz
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
            """,
            entries.Select(entry => entry.RegistrationId).ToArray(), entries.Select(entry => entry.Number).ToArray(),
            entries.Select(entry => entry.Race.Id).ToArray(), bibs.ToArray(),
            entries.Select(entry => entry.Division.Id).ToArray(), entries.Select(entry => entry.Division.Name).ToArray(),
            entries.Select(entry => entry.Runner.Name).ToArray(), entries.Select(entry => entry.Runner.PhoneNo).ToArray(),
            entries.Select(entry => entry.Runner.Address).ToArray(), entries.Select(entry => entry.Runner.TopSize).ToArray(),
            entries.Select(entry => entry.Runner.BottomSize).ToArray(), now);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ChangeAsync(IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE register_masters AS line
            SET name = changed.name, phone_no = changed.phone_no, address = changed.address, top_size = changed.top_size, bottom_size = changed.bottom_size
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
              AS changed (registration_id, name, phone_no, address, top_size, bottom_size)
            WHERE line.registration_id = changed.registration_id
            """,
            changes.Select(change => change.RegistrationId).ToArray(), changes.Select(change => change.Runner.Name).ToArray(),
            changes.Select(change => change.Runner.PhoneNo).ToArray(), changes.Select(change => change.Runner.Address).ToArray(),
            changes.Select(change => change.Runner.TopSize).ToArray(), changes.Select(change => change.Runner.BottomSize).ToArray());
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IReadOnlyList<Guid> registrations, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command(
            "UPDATE register_masters SET removed_at = $2 WHERE registration_id = ANY ($1) AND removed_at IS NULL", registrations.ToArray(), now);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
