using Marathon.Fulfilment.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>A kit, as the organiser sees it.</summary>
/// <param name="Since">In this status.</param>
/// <param name="HasTop">Whether the shirt is set aside, or gone with the runner.</param>
/// <param name="HasBottom">The same of the shorts.</param>
/// <param name="Parcels">How often it was sent.</param>
public sealed record DeliveryView(
    Guid RegisterId, string Number, Guid RaceId, string DeliveryStatus, DateTimeOffset Since, string Name, string PhoneNo, string Address, string TopSize, string BottomSize,
    bool HasTop, bool HasBottom, string? Carrier, string? TrackingNumber, int Parcels);

/// <summary>Reading the deliveries, for people.</summary>
public sealed class DeliveryList(NpgsqlDataSource database)
{
    private const string Columns = """
        registration_id, number, race_id, status, since, name, phone_no, address, top_size, bottom_size, top_allocated, bottom_allocated, carrier, tracking_number, parcels
        """;

    /// <summary>Those first whose places were paid for first.</summary>
    public Task<PageOf<DeliveryView>> PageAsync(Guid? raceId, DeliveryStatus? status, string? trackingNumber, PageQuery page, CancellationToken cancellationToken) => database.PageAsync(
        Columns, "FROM deliveries WHERE ($1::uuid IS NULL OR race_id = $1) AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR tracking_number = $3)", "confirmed_at, registration_id",
        [Rows.OrNull(raceId, NpgsqlDbType.Uuid), Rows.OrNull(status?.Word(), NpgsqlDbType.Text), Rows.OrNull(trackingNumber, NpgsqlDbType.Text)], page, Read, cancellationToken);

    /// <summary>One, by the registration's number.</summary>
    public async Task<DeliveryView?> FindAsync(string number, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Columns} FROM deliveries WHERE number = $1");
        select.Parameters.Add(new() { Value = number });
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? Read(rows) : null;
    }

    /// <summary>Whose kit it is, by the registration's number; nobody's: none.</summary>
    public Task<IReadOnlyList<Guid>> IdsAsync(string number, CancellationToken cancellationToken) => IdsAsync("number = $1", [number], cancellationToken);

    /// <summary>Whose kits a carrier has, or had last, under a number. Those of a family may be in one parcel.</summary>
    public Task<IReadOnlyList<Guid>> CarriedAsync(Shipment parcel, CancellationToken cancellationToken) =>
        IdsAsync("carrier = $1 AND tracking_number = $2", [parcel.Carrier, parcel.TrackingNumber], cancellationToken);

    private async Task<IReadOnlyList<Guid>> IdsAsync(string where, string[] parameters, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT registration_id FROM deliveries WHERE {where}");
        foreach (var parameter in parameters) select.Parameters.Add(new() { Value = parameter });
        return await select.IdsAsync(cancellationToken);
    }

    /// <summary>All that are to be sent of a race, one after the other, as they are read.</summary>
    public async IAsyncEnumerable<DeliveryView> ReadyAsync(Guid raceId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Columns} FROM deliveries WHERE race_id = $1 AND status = 'READY' ORDER BY since, registration_id");
        select.Parameters.Add(new() { Value = raceId });
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) yield return Read(rows);
    }

    private static DeliveryView Read(NpgsqlDataReader rows) => new(
        rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), rows.GetString(3), rows.GetFieldValue<DateTimeOffset>(4), rows.GetString(5), rows.GetString(6), rows.GetString(7), rows.GetString(8),
        rows.GetString(9), rows.GetBoolean(10), rows.GetBoolean(11), rows.TextOrNull(12), rows.TextOrNull(13), rows.GetInt32(14));
}
