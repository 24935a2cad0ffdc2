using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IRoll"/>
public sealed class Roll : IRoll
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<(Guid RaceId, BibBlock Block)>> BlocksAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT race_id, division_id, first, last, next FROM bib_blocks WHERE race_id = ANY ($1) ORDER BY race_id, first", races.ToArray());
        var blocks = new List<(Guid, BibBlock)>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) blocks.Add((rows.GetGuid(0), new BibBlock(rows.GetGuid(1), rows.GetInt32(2), rows.GetInt32(3), rows.GetInt32(4))));
        return blocks;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, int>> CapacitiesAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT division_id, capacity FROM race_divisions WHERE race_id = ANY ($1)", races.ToArray());
        var capacities = new Dictionary<Guid, int>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) capacities.Add(rows.GetGuid(0), rows.GetInt32(1));
        return capacities;
    }

    /// <inheritdoc/>
    public async Task SaveBlocksAsync(IReadOnlyList<(Guid RaceId, BibBlock Block)> blocks, UnitOfWork work, CancellationToken cancellationToken)
    {
        if (blocks.Count == 0) return;
        await using var save = work.Command("""
            INSERT INTO bib_blocks (race_id, division_id, first, last, next) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[])
            ON CONFLICT (race_id, first) DO UPDATE SET next = excluded.next
            """,
            blocks.Select(entry => entry.RaceId).ToArray(), blocks.Select(entry => entry.Block.DivisionId).ToArray(), blocks.Select(entry => entry.Block.First).ToArray(),
            blocks.Select(entry => entry.Block.Last).ToArray(), blocks.Select(entry => entry.Block.Next).ToArray());
        await save.ExecuteNonQueryAsync(cancellationToken);
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
            entries.Select(entry => entry.RaceId).ToArray(), bibs.ToArray(),
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
    public async Task<IReadOnlyDictionary<Guid, Runner>> RunnersAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command(
            "SELECT registration_id, name, phone_no, address, top_size, bottom_size FROM register_masters WHERE registration_id = ANY ($1)", registrations.ToArray());
        var runners = new Dictionary<Guid, Runner>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            runners.Add(rows.GetGuid(0), new Runner(rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetString(4), rows.GetString(5)));
        return runners;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IReadOnlyList<Guid> registrations, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command(
            "UPDATE register_masters SET removed_at = $2 WHERE registration_id = ANY ($1) AND removed_at IS NULL", registrations.ToArray(), now);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<RollLine?> LockAsync(string number, UnitOfWork work, CancellationToken cancellationToken)
    {
        // By the delivery's lock: whoever changes a line has it. The line is read by a statement of its own, which sees what was done while the lock was waited for.
        await using (var lockDelivery = work.Command("SELECT FROM deliveries WHERE number = $1 FOR UPDATE", number)) await lockDelivery.ExecuteNonQueryAsync(cancellationToken);
        await using var select = work.Command("SELECT registration_id, number, bib, removed_at, checked_in_at FROM register_masters WHERE number = $1", number);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken)
            ? new RollLine(rows.GetGuid(0), rows.GetString(1), rows.GetInt32(2), rows.ValueOrNull<DateTimeOffset>(3), rows.ValueOrNull<DateTimeOffset>(4))
            : null;
    }

    /// <inheritdoc/>
    public async Task CheckInAsync(Guid registrationId, string by, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("UPDATE register_masters SET checked_in_at = $2, checked_in_by = $3 WHERE registration_id = $1", registrationId, now, by);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task NoteAsync(Guid registrationId, string? note, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var update = work.Command("UPDATE register_masters SET note = $2 WHERE registration_id = $1", registrationId, Rows.OrNull(note, NpgsqlTypes.NpgsqlDbType.Text));
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
