using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Marathon.ServiceDefaults.Values;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>A line of the roll, as the organiser and the crew see it.</summary>
/// <param name="Status"><c>REGISTERED</c>, <c>CHECKED_IN</c>, or <c>REMOVED</c> when the registration has ended.</param>
/// <param name="DeliveryStatus">Where the kit is.</param>
public sealed record RollView(
    Guid RegisterId, string Number, Guid RaceId, Guid DivisionId, string DivisionName, int Bib, string Status, string Name, string PhoneNo, string Address, string TopSize, string BottomSize,
    string DeliveryStatus, string? Note, DateTimeOffset ReceivedAt, DateTimeOffset? CheckedInAt, string? CheckedInBy, DateTimeOffset? RemovedAt);

/// <summary>What to look for on the roll. What is null does not matter.</summary>
/// <param name="Text">Part of a name, a bib, or a registration's number or its beginning.</param>
public sealed record RollQuery(Guid? RaceId, Guid? DivisionId, string? Status, string? Text);

/// <summary>Reading the roll, for people.</summary>
public sealed class RollList(NpgsqlDataSource database)
{
    /// <summary>What a line can be.</summary>
    public static IReadOnlyList<string> States { get; } = ["REGISTERED", "CHECKED_IN", "REMOVED"];

    private const string Status = "CASE WHEN removed_at IS NOT NULL THEN 'REMOVED' WHEN checked_in_at IS NOT NULL THEN 'CHECKED_IN' ELSE 'REGISTERED' END";

    private const string Columns = $"""
        registration_id, line.number, line.race_id, division_id, division_name, bib, {Status}, line.name, line.phone_no, line.address, line.top_size, line.bottom_size,
        delivery.status, note, received_at, checked_in_at, checked_in_by, removed_at
        """;

    private const string From = "FROM register_masters AS line JOIN deliveries AS delivery USING (registration_id)";

    /// <summary>In the order of bibs, race by race.</summary>
    public Task<PageOf<RollView>> PageAsync(RollQuery query, PageQuery page, CancellationToken cancellationToken) => database.PageAsync(
        Columns,
        $"""
        {From} WHERE ($1::uuid IS NULL OR line.race_id = $1) AND ($2::uuid IS NULL OR division_id = $2) AND ($3::text IS NULL OR {Status} = $3)
          AND ($4::text IS NULL OR line.name ILIKE '%' || $4 || '%' OR line.number LIKE $6 || '%' OR bib::text = $5)
        """,
        "line.race_id, bib",
        [
            Rows.OrNull(query.RaceId, NpgsqlDbType.Uuid), Rows.OrNull(query.DivisionId, NpgsqlDbType.Uuid), Rows.OrNull(query.Status, NpgsqlDbType.Text),
            Rows.OrNull(query.Text is { } part ? Pattern(part) : null, NpgsqlDbType.Text), Rows.OrNull(query.Text, NpgsqlDbType.Text),
            Rows.OrNull(query.Text is { } text ? Pattern(RegistrationNumber.Part(text)) : null, NpgsqlDbType.Text),
        ],
        page, Read, cancellationToken);

    /// <summary>One line, by the registration's number.</summary>
    public async Task<RollView?> FindAsync(string number, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Columns} {From} WHERE line.number = $1");
        select.Parameters.Add(new() { Value = number });
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken) ? Read(rows) : null;
    }

    /// <summary>A person's percent sign is a percent sign.</summary>
    private static string Pattern(string text) => text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");

    private static RollView Read(NpgsqlDataReader rows) => new(
        rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), rows.GetGuid(3), rows.GetString(4), rows.GetInt32(5), rows.GetString(6), rows.GetString(7), rows.GetString(8), rows.GetString(9),
        rows.GetString(10), rows.GetString(11), rows.GetString(12), rows.TextOrNull(13), rows.GetFieldValue<DateTimeOffset>(14),
        rows.ValueOrNull<DateTimeOffset>(15), rows.TextOrNull(16), rows.ValueOrNull<DateTimeOffset>(17));
}
