using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>The organiser's rolls.</summary>
public interface IRoll
{
    /// <summary>
    /// Moves each race's counter on by the number of its entries, for all of them at once, and returns each race's last bib after that. The counters
    /// stay locked until the transaction ends, so a number that was taken back by a rollback was never seen.
    /// </summary>
    Task<IReadOnlyDictionary<Guid, int>> TakeBibsAsync(IReadOnlyCollection<RollEntry> entries, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Puts entries on the roll.</summary>
    Task AddAsync(IReadOnlyList<RollEntry> entries, IReadOnlyList<int> bibs, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes the runners as of now on their lines; registrations that are on no roll are passed over.</summary>
    Task ChangeAsync(IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Takes registrations off the roll; their lines stay as the record of whose the bibs were.</summary>
    Task RemoveAsync(IReadOnlyList<Guid> registrations, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);
}
