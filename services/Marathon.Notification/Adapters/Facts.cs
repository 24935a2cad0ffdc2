using System.Globalization;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Adapters;

/// <summary>
/// Which facts a runner is told of. A registration that its runner gave up before it was confirmed is not among them: the answer to the
/// request said so, and no money or place of theirs is left to speak of.
/// </summary>
public sealed class Facts(IMessages messages, ILinks links)
    : IHandle<RegistrationConfirmed>, IHandle<RegistrationChanged>, IHandle<RegistrationDeclined>, IHandle<RegistrationCancelled>,
      IHandle<RegistrationExpired>, IHandle<PaymentRefunded>, IHandle<GoodsDispatched>, IHandle<GoodsDelivered>, IHandle<GoodsReturnRequested>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationConfirmed>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await KeepAsync(events, confirmed => confirmed.Runner, work, cancellationToken, isConfirmed: true);
        await QueueAsync(events, MessageKind.Confirmed, confirmed => confirmed.Number, confirmed => new()
        {
            ["race"] = confirmed.RaceName,
            ["date"] = confirmed.RaceDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["division"] = confirmed.DivisionName,
        }, work, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationChanged>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        // Whoever changes the phone number may have lost the phone.
        await links.RevokeAsync([.. events.Select(heard => (heard.Event.RegistrationId, heard.Event.Runner.PhoneNo))], work, cancellationToken);
        await KeepAsync(events, changed => changed.Runner, work, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationDeclined>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await KeepAsync(events, declined => declined.Runner, work, cancellationToken);
        await QueueAsync(events, MessageKind.Declined, declined => declined.Number, declined => new() { ["race"] = declined.RaceName }, work, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await KeepAsync(events, cancelled => cancelled.Runner, work, cancellationToken);
        await QueueAsync([.. events.Where(heard => heard.Event.WasConfirmed)], MessageKind.Cancelled, cancelled => cancelled.Number, cancelled => new()
        {
            ["race"] = cancelled.RaceName,
            ["refund"] = Money(cancelled.RefundDue),
            ["currency"] = cancelled.Currency,
        }, work, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationExpired>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        await KeepAsync(events, expired => expired.Runner, work, cancellationToken);
        await QueueAsync(events, MessageKind.Expired, expired => expired.Number, expired => new() { ["race"] = expired.RaceName }, work, cancellationToken);
    }

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<PaymentRefunded>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.Refunded, refunded => refunded.Number,
            refunded => new() { ["amount"] = Money(refunded.Amount), ["currency"] = refunded.Currency }, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsDispatched>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.Dispatched, dispatched => dispatched.Number,
            dispatched => new() { ["carrier"] = dispatched.Carrier, ["trackingNumber"] = dispatched.TrackingNumber }, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsDelivered>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.Delivered, delivered => delivered.Number, _ => [], work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsReturnRequested>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.ReturnRequested, asked => asked.Number, _ => [], work, cancellationToken);

    private Task KeepAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, Func<TEvent, RunnerDetails> runner, UnitOfWork work, CancellationToken cancellationToken, bool isConfirmed = false)
        where TEvent : RegistrationEvent =>
        messages.KeepContactsAsync([.. events.Select(heard =>
        {
            var details = runner(heard.Event);
            return new Contact(heard.Event.RegistrationId, isConfirmed ? heard.Event.Number : null, details.Name, details.PhoneNo, details.Language);
        })], work, cancellationToken);

    private Task QueueAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, MessageKind kind, Func<TEvent, string> number, Func<TEvent, Dictionary<string, string>> fields,
        UnitOfWork work, CancellationToken cancellationToken) where TEvent : IntegrationEvent =>
        messages.QueueAsync([.. events.Select(heard => new NewMessage(
            heard.Event.AggregateId, number(heard.Event), kind, EventCatalog.Stream(typeof(TEvent)), heard.Version, heard.TraceParent, fields(heard.Event)))],
            work, cancellationToken);

    private static string Money(int amount) => amount.ToString("N0", CultureInfo.InvariantCulture);
}
