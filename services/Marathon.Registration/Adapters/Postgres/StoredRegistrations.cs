using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>How a <see cref="StoredRegistration"/> is read.</summary>
internal static class StoredRegistrations
{
    public const int Columns = 18;

    /// <summary><c>SELECT</c> with the columns that <see cref="Read"/> wants first, then <paramref name="rest"/>.</summary>
    public static string Select(string rest) => """
        SELECT registrations.id, number, registrations.status, pay_status, race_id, division_id, registrations.name, phone_no, address, top_size, bottom_size,
               language, amount, refund_due, held_at, hold_until, confirmed_at, cancelled_at
        """ + rest;

    public static StoredRegistration Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), RegistrationLifecycle.Parse(row.GetString(2)), row.GetString(3), row.GetGuid(4), row.GetGuid(5), row.GetString(6),
        row.GetString(7), row.GetString(8), row.GetString(9), row.GetString(10), row.GetString(11), row.GetInt32(12), row.IsDBNull(13) ? null : row.GetInt32(13),
        row.GetFieldValue<DateTimeOffset>(14), row.GetFieldValue<DateTimeOffset>(15),
        row.IsDBNull(16) ? null : row.GetFieldValue<DateTimeOffset>(16), row.IsDBNull(17) ? null : row.GetFieldValue<DateTimeOffset>(17));
}
