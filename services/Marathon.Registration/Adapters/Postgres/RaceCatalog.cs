using System.Collections.Concurrent;
using System.Text.Json;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The races in memory, read again every half second: thousands of readers cost the database nothing, and a full division is answered without asking
/// until a place is seen to have come back.
/// </summary>
public sealed class RaceCatalog(NpgsqlDataSource database, IConfiguration configuration, ILogger<RaceCatalog> logger) : BackgroundService, IRaces
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, bool> full = new();
    private volatile IReadOnlyList<Race> races = [];

    /// <inheritdoc/>
    public IReadOnlyList<Race> All => races;

    /// <inheritdoc/>
    public Race? Default => Find(DefaultRace.IdFrom(configuration));

    /// <inheritdoc/>
    public Race? Find(Guid raceId)
    {
        foreach (var race in races)
            if (race.Id == raceId) return race;
        return null;
    }

    /// <inheritdoc/>
    public bool IsKnownFull(Guid divisionId) => full.ContainsKey(divisionId);

    /// <inheritdoc/>
    public void NoteFull(Guid divisionId) => full[divisionId] = true;

    /// <summary>The first reading happens before the service answers.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try { await ReadAsync(stoppingToken); }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException) { logger.LogWarning("The races cannot be read now: {Reason}", exception.Message); }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            SELECT races.id, races.name, place, date, status, opens_at, closes_at, currency, allows_duplicates, hold_seconds, refund_tiers,
                   divisions.id, divisions.name, fee, capacity, taken, top_sizes, bottom_sizes
            FROM races JOIN divisions ON race_id = races.id ORDER BY date, races.id, divisions.name
            """);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var read = new List<Race>();
        while (await rows.ReadAsync(cancellationToken))
        {
            if (read.Count == 0 || read[^1].Id != rows.GetGuid(0))
                read.Add(new Race(
                    rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateOnly>(3), Enum.Parse<RaceStatus>(rows.GetString(4), ignoreCase: true),
                    rows.GetFieldValue<DateTimeOffset>(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetString(7), rows.GetBoolean(8),
                    TimeSpan.FromSeconds(rows.GetInt32(9)), new RefundPolicy(JsonSerializer.Deserialize<RefundTier[]>(rows.GetString(10), MarathonJson.Options)!), new List<Division>()));
            ((List<Division>)read[^1].Divisions).Add(new Division(
                rows.GetGuid(11), rows.GetGuid(0), rows.GetString(12), rows.GetInt32(13), rows.GetInt32(14), rows.GetInt32(15),
                rows.GetFieldValue<string[]>(16), rows.GetFieldValue<string[]>(17)));
        }
        races = read;
        foreach (var division in read.SelectMany(race => race.Divisions))
            if (division.Remaining > 0) full.TryRemove(division.Id, out _);
    }
}
