using System.Collections.Concurrent;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The races in memory, read again every half second: thousands of readers cost the database nothing, and a full division is answered without asking
/// until a place is seen to have come back.
/// </summary>
public sealed class RaceCatalog(NpgsqlDataSource database, IConfiguration configuration, TimeProvider time, ILogger<RaceCatalog> logger) : BackgroundService, IRaces
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, bool> full = new();
    private readonly SemaphoreSlim reading = new(1);
    private volatile IReadOnlyList<Race> races = [];
    private int begun, finished;

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
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Rounds(time, Interval).RunAsync(
        RefreshAsync, exception => logger.LogWarning("The races cannot be read now: {Reason}", Rounds.Reason(exception)), stoppingToken);

    /// <inheritdoc/>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var begunBefore = Volatile.Read(ref begun);
        await reading.WaitAsync(cancellationToken);
        try
        {
            // One that began after this call serves all who wait.
            if (finished > begunBefore) return;
            var number = Interlocked.Increment(ref begun);
            await ReadAsync(cancellationToken);
            finished = number;
        }
        finally { reading.Release(); }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        reading.Dispose();
        base.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(StoredRaces.Select());
        var read = await StoredRaces.ReadAsync(command, cancellationToken);
        races = read;
        foreach (var division in read.SelectMany(race => race.Divisions))
            if (division.Remaining > 0) full.TryRemove(division.Id, out _);
    }
}
