using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Postgres;
using Marathon.ServiceDefaults.Values;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>Finds what stayed HELD. The lease is the next time anybody looks: a replica that dies with one only delays it.</summary>
internal static class UnsettledRegistrations
{
    public static async Task<IReadOnlyList<UnsettledRegistration>> LeaseAsync(
        NpgsqlDataSource database, IRaces races, int count, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            WITH due AS (SELECT id AS due_id FROM registrations WHERE status = 'HELD' AND resolve_at <= $1 ORDER BY resolve_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            UPDATE registrations SET resolve_at = $2 FROM due WHERE id = due_id
            RETURNING id, number, access_key_hash, race_id, division_id, name, phone_no, address, top_size, bottom_size, language, amount, payment_token,
                      held_at, hold_until, trace_parent, awaits_payment
            """);
        command.Parameters.AddWithValue(now.UtcDateTime);
        command.Parameters.AddWithValue((now + lease).UtcDateTime);
        command.Parameters.AddWithValue(count);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var unsettled = new List<UnsettledRegistration>();
        while (await rows.ReadAsync(cancellationToken))
        {
            // A race or division that is unknown here until the races are read again: the next time.
            if (races.Find(rows.GetGuid(3)) is not { } race || race.Divisions.FirstOrDefault(known => known.Id == rows.GetGuid(4)) is not { } division
                || !RegistrationNumber.TryParse(rows.GetString(1), out var number)) continue;
            unsettled.Add(new UnsettledRegistration(
                new HeldRegistration(rows.GetGuid(0), number.Value, rows.GetFieldValue<byte[]>(2), race, division,
                    Runner.Stored(rows.GetString(5), rows.GetString(6), rows.GetString(7), rows.GetString(8), rows.GetString(9), rows.GetString(10)),
                    rows.GetInt32(11), rows.TextOrNull(12), null, rows.GetFieldValue<DateTimeOffset>(13), rows.GetFieldValue<DateTimeOffset>(14),
                    rows.TextOrNull(15)),
                rows.GetBoolean(16)));
        }
        return unsettled;
    }
}
