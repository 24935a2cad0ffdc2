using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

/// <summary>Empties what is personal, and has the digest follow: what is looked for by is of the rows as they are now.</summary>
internal sealed class Erased(Erasure erasure, Changes changes) : IHandle<RegistrationErased>, IHandle<MessagesErased>
{
    public Task HandleAsync(IReadOnlyList<Received<RegistrationErased>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        EraseAsync(events.Each(heard => heard.Event.RegistrationId), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<MessagesErased>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        EraseAsync(events.Each(heard => heard.Event.RegistrationId), work, cancellationToken);

    private async Task EraseAsync(Guid[] registrations, UnitOfWork work, CancellationToken cancellationToken)
    {
        await erasure.EraseAsync(work, registrations, cancellationToken);
        await using var note = changes.Command(work, registrations);
        await note.ExecuteNonQueryAsync(cancellationToken);
    }
}
