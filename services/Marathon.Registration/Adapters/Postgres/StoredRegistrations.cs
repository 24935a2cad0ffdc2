using System.Security.Cryptography;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>How a <see cref="StoredRegistration"/> is read, and how many are changed together.</summary>
internal static class StoredRegistrations
{
    public const int Columns = 22;

    /// <summary>
    /// The <c>id</c> of each of the registrations <c>$1</c>, for an update of them all: their rows are found one by one, by key, and so locked in the order of ids, and two such statements
    /// with some in common do not wait for each other in a circle.
    /// </summary>
    public const string InOrder = "(SELECT unnest($1::uuid[]) AS id ORDER BY 1)";

    private static readonly byte[] Nobody = new byte[SHA256.HashSizeInBytes];

    /// <summary>
    /// The one with this number, if the key is its own: by a comparison that takes as long wherever the hashes differ, and that is made also where there is no
    /// such number. <paramref name="select"/> is one of <see cref="ByNumber"/>.
    /// </summary>
    public static async Task<StoredRegistration?> FindAsync(NpgsqlCommand select, byte[] accessKeyHash, CancellationToken cancellationToken)
    {
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var found = await rows.ReadAsync(cancellationToken);
        var stored = found ? rows.GetFieldValue<byte[]>(Columns) : Nobody;
        return CryptographicOperations.FixedTimeEquals(stored, accessKeyHash) && found ? Read(rows) : null;
    }

    /// <summary>The same for an organiser, who needs no key.</summary>
    public static async Task<StoredRegistration?> FindAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? Read(rows) : null;
    }

    /// <summary>For either: <paramref name="accessKeyHash"/> is null where an organiser asks.</summary>
    public static Task<StoredRegistration?> FindForAsync(NpgsqlCommand select, byte[]? accessKeyHash, CancellationToken cancellationToken) =>
        accessKeyHash is null ? FindAsync(select, cancellationToken) : FindAsync(select, accessKeyHash, cancellationToken);

    /// <summary><c>SELECT</c> with the columns that <see cref="Read"/> wants first, then <paramref name="rest"/>.</summary>
    public static string Select(string rest) => """
        SELECT registrations.id, number, registrations.status, pay_status, race_id, division_id, registrations.name, phone_no, address, top_size, bottom_size,
               language, amount, refund_due, held_at, hold_until, confirmed_at, cancelled_at, kit_dispatched, erased_at, wants_all_messages, awaits_payment
        """ + rest;

    /// <summary>The registration with the number <c>$1</c>, for <see cref="FindAsync"/>; <paramref name="locking"/>: and how it is locked.</summary>
    public static string ByNumber(string locking = "") => Select(", access_key_hash FROM registrations WHERE number = $1 " + locking);

    public static StoredRegistration Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), RegistrationLifecycle.Parse(row.GetString(2)), row.GetString(3), row.GetGuid(4), row.GetGuid(5), row.GetString(6),
        row.GetString(7), row.GetString(8), row.GetString(9), row.GetString(10), row.GetString(11), row.GetInt32(12), row.ValueOrNull<int>(13),
        row.GetFieldValue<DateTimeOffset>(14), row.GetFieldValue<DateTimeOffset>(15), row.ValueOrNull<DateTimeOffset>(16), row.ValueOrNull<DateTimeOffset>(17),
        row.GetBoolean(18), row.ValueOrNull<DateTimeOffset>(19), row.GetBoolean(20), row.GetBoolean(21));
}
