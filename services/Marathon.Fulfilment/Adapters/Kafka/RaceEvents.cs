using Marathon.Contracts;
using Marathon.Fulfilment.Application.Scheduling;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Adapters.Kafka;

/// <summary>What Fulfilment takes from what is told of races: their divisions, size charts, and whether kits are sent.</summary>
public sealed class RaceEvents(KeepRaces keep) : IHandle<RaceScheduled>, IHandle<RaceChanged>
{
    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RaceScheduled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        KeepAsync(events.Select(heard => heard.Event).Select(race => Plan(race.RaceId, race.Name, race.KitHandover, race.Divisions)), work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RaceChanged>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        KeepAsync(events.Select(heard => heard.Event).Select(race => Plan(race.RaceId, race.Name, race.KitHandover, race.Divisions)), work, cancellationToken);

    private async Task KeepAsync(IEnumerable<RacePlan> races, UnitOfWork work, CancellationToken cancellationToken)
    {
        foreach (var race in races.OrderBy(race => race.Id)) await keep.HandleAsync(race, work, cancellationToken);
    }

    private static RacePlan Plan(Guid raceId, string name, string? kitHandover, IReadOnlyList<RaceDivision> divisions) => new(
        raceId, name, PicksUp: kitHandover == "PICK_UP", [.. divisions.Select(division => (division.DivisionId, division.Capacity))],
        [.. divisions.SelectMany(division => division.TopSizes ?? []).Distinct()], [.. divisions.SelectMany(division => division.BottomSizes ?? []).Distinct()]);
}
