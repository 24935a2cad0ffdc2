using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <inheritdoc cref="IRaces"/>
public sealed class Races : IRaces
{
    /// <inheritdoc/>
    public async Task MeetAsync(IReadOnlyDictionary<Guid, string> names, UnitOfWork work, CancellationToken cancellationToken)
    {
        // In the order of the ids, so that two batches with several races in common cannot wait for each other.
        await using var meet = work.Command("""
            INSERT INTO races (race_id, name) SELECT race_id, name FROM unnest($1::uuid[], $2::text[]) AS race (race_id, name) ORDER BY race_id
            ON CONFLICT (race_id) DO NOTHING
            """, names.Keys.ToArray(), names.Values.ToArray());
        await meet.ExecuteNonQueryAsync(cancellationToken);
        await LockAsync([.. names.Keys], work, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> LockAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT race_id FROM races WHERE race_id = ANY ($1) ORDER BY race_id FOR UPDATE", races.ToArray());
        return await select.IdsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task KeepAsync(RacePlan plan, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var race = work.Command("UPDATE races SET name = $2, picks_up = $3, top_sizes = $4, bottom_sizes = $5 WHERE race_id = $1",
            plan.Id, plan.Name, plan.PicksUp, plan.TopSizes.ToArray(), plan.BottomSizes.ToArray());
        await race.ExecuteNonQueryAsync(cancellationToken);
        await using var divisions = work.Command("""
            INSERT INTO race_divisions (division_id, race_id, capacity) SELECT division_id, $1, capacity FROM unnest($2::uuid[], $3::int[]) AS division (division_id, capacity)
            ON CONFLICT (division_id) DO UPDATE SET capacity = excluded.capacity
            """, plan.Id, plan.Divisions.Select(division => division.Id).ToArray(), plan.Divisions.Select(division => division.Capacity).ToArray());
        await divisions.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> NameAsync(Guid raceId, UnitOfWork work, CancellationToken cancellationToken)
    {
        await using var select = work.Command("SELECT name FROM races WHERE race_id = $1", raceId);
        return (string?)await select.ExecuteScalarAsync(cancellationToken);
    }
}
