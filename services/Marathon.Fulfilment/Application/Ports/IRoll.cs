using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Ports;

/// <summary>A line of the roll, for who stands at the desk.</summary>
public sealed record RollLine(Guid RegistrationId, string Number, int Bib, DateTimeOffset? RemovedAt, DateTimeOffset? CheckedInAt);

/// <summary>The organiser's rolls.</summary>
public interface IRoll
{
    /// <summary>The blocks of bib numbers of some races, whose rows are locked.</summary>
    Task<IReadOnlyList<(Guid RaceId, BibBlock Block)>> BlocksAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>How many places the divisions of some races have, as far as they were heard of.</summary>
    Task<IReadOnlyDictionary<Guid, int>> CapacitiesAsync(IReadOnlyCollection<Guid> races, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes blocks that are new or have given numbers.</summary>
    Task SaveBlocksAsync(IReadOnlyList<(Guid RaceId, BibBlock Block)> blocks, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Puts entries on the roll.</summary>
    Task AddAsync(IReadOnlyList<RollEntry> entries, IReadOnlyList<int> bibs, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes the runners as of now on their lines; registrations that are on no roll are passed over.</summary>
    Task ChangeAsync(IReadOnlyList<(Guid RegistrationId, Runner Runner)> changes, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Who runs, as of now.</summary>
    Task<IReadOnlyDictionary<Guid, Runner>> RunnersAsync(IReadOnlyCollection<Guid> registrations, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Takes registrations off the roll; their lines stay as the record of whose the bibs were.</summary>
    Task RemoveAsync(IReadOnlyList<Guid> registrations, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>The line of a registration's number, locked; null when there is none.</summary>
    Task<RollLine?> LockAsync(string number, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Notes that a runner is there, and who has let them in.</summary>
    Task CheckInAsync(Guid registrationId, string by, DateTimeOffset now, UnitOfWork work, CancellationToken cancellationToken);

    /// <summary>Writes a note on a line.</summary>
    Task NoteAsync(Guid registrationId, string? note, UnitOfWork work, CancellationToken cancellationToken);
}
