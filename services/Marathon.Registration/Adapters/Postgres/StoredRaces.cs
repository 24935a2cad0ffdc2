using System.Text.Json;
using Marathon.Messaging;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>How races are read, with their divisions: the next race first, its divisions by name.</summary>
internal static class StoredRaces
{
    /// <summary>What <see cref="ReadAsync"/> reads, of the races for which <paramref name="where"/> holds.</summary>
    public static string Select(string where = "true") => $"""
        SELECT races.id, races.name, place, date, status, opens_at, closes_at, currency, allows_duplicates, hold_seconds, refund_tiers, version,
               divisions.id, divisions.name, fee, capacity, taken, top_sizes, bottom_sizes, terms, retain_until, kit_handover, promises_after
        FROM races JOIN divisions ON race_id = races.id WHERE {where} ORDER BY date, races.id, divisions.name
        """;

    /// <summary>A race as it is in this transaction; null when there is none.</summary>
    public static async Task<Race?> FindAsync(UnitOfWork work, Guid raceId, CancellationToken cancellationToken)
    {
        await using var select = work.Command(Select("races.id = $1"), raceId);
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    public static async Task<List<Race>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        var races = new List<Race>();
        while (await rows.ReadAsync(cancellationToken))
        {
            if (races.Count == 0 || races[^1].Id != rows.GetGuid(0))
                races.Add(new Race(
                    rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateOnly>(3), Enum.Parse<RaceStatus>(rows.GetString(4), ignoreCase: true),
                    rows.GetFieldValue<DateTimeOffset>(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetString(7), rows.GetBoolean(8),
                    TimeSpan.FromSeconds(rows.GetInt32(9)), new RefundPolicy(Json<RefundTier>(10)), new List<Division>())
                {
                    Version = rows.GetInt32(11),
                    RetainUntil = rows.ValueOrNull<DateOnly>(20),
                    KitHandover = KitHandovers.Find(rows.GetString(21))!.Value,
                    PromisesAfter = Json<RefundPromise>(22),
                });
            ((List<Division>)races[^1].Divisions).Add(new Division(
                rows.GetGuid(12), rows.GetGuid(0), rows.GetString(13), rows.GetInt32(14), rows.GetInt32(15), rows.GetInt32(16),
                rows.GetFieldValue<string[]>(17), rows.GetFieldValue<string[]>(18))
            {
                Terms = rows.GetInt32(19),
            });
        }
        return races;

        T[] Json<T>(int column) => JsonSerializer.Deserialize<T[]>(rows.GetString(column), MarathonJson.Options)!;
    }
}
