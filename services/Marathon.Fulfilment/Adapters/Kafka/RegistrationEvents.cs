using Marathon.Contracts;
using Marathon.Fulfilment.Application.Cancelling;
using Marathon.Fulfilment.Application.Changing;
using Marathon.Fulfilment.Application.Erasing;
using Marathon.Fulfilment.Application.Receiving;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Adapters.Kafka;

/// <summary>What Fulfilment does when a registration goes on. One that was never confirmed does not concern it.</summary>
public sealed class RegistrationEvents(ReceiveRunners receive, ChangeRunners change, CancelRunners cancel, EraseRunners erase)
    : IHandle<RegistrationConfirmed>, IHandle<RegistrationChanged>, IHandle<RegistrationCancelled>, IHandle<RegistrationErased>
{
    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationConfirmed>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        receive.HandleAsync([.. events.Select(heard => new ReceiveRunner(Entry(heard.Event), heard.TraceParent))], work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationChanged>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        change.HandleAsync([.. events.Select(heard => new ChangeRunner(heard.Event.RegistrationId, Runner(heard.Event.Runner), heard.TraceParent))], work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        cancel.HandleAsync(
            [.. events.Where(heard => heard.Event.WasConfirmed).Select(heard => new CancelRunner(heard.Event.RegistrationId, heard.TraceParent))],
            work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationErased>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        erase.HandleAsync([.. events.Select(heard => new EraseRunner(heard.Event.RegistrationId, heard.TraceParent))], work, cancellationToken);

    private static RollEntry Entry(RegistrationConfirmed confirmed) => new(
        confirmed.RegistrationId, confirmed.Number, confirmed.RaceId, confirmed.RaceName, new Division(confirmed.DivisionId, confirmed.DivisionName),
        Runner(confirmed.Runner), confirmed.At);

    private static Runner Runner(RunnerDetails details) => new(details.Name, details.PhoneNo, details.Address, details.TopSize, details.BottomSize);
}
