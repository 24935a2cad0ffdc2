using Marathon.Fulfilment.Application.Ports;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Noting;

/// <summary>Write a note on a line of the roll; null takes it away.</summary>
public sealed record NoteRunner(string Number, string? Note);

/// <inheritdoc cref="NoteRunner"/>
public sealed class NoteRunners(IRoll roll, Outbox outbox)
{
    /// <summary>False when there is no such line, or nobody on it any more: what is written of who was erased would never be.</summary>
    public async Task<bool> HandleAsync(NoteRunner command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        if (await roll.LockAsync(command.Number, work, cancellationToken) is not { } line) return false;
        if ((await roll.RunnersAsync([line.RegistrationId], work, cancellationToken))[line.RegistrationId].IsForgotten) return false;
        await roll.NoteAsync(line.RegistrationId, command.Note, work, cancellationToken);
        work.Note("note", "deliveries", line.RegistrationId);
        await work.CommitAsync(cancellationToken);
        return true;
    }
}
