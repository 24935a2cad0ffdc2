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
public sealed class Facts(IMessages messages, ILinks links, Announcements announcements)
    : IHandle<RegistrationAwaitingPayment>, IHandle<RegistrationConfirmed>, IHandle<RegistrationChanged>, IHandle<RegistrationDeclined>, IHandle<RegistrationCancelled>,
      IHandle<RegistrationExpired>, IHandle<PaymentRefunded>, IHandle<GoodsBackordered>, IHandle<GoodsDispatched>, IHandle<GoodsDelivered>, IHandle<GoodsReturnRequested>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationAwaitingPayment>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var contacts = await KeepAsync(events, pending => pending.Runner, work, cancellationToken, (contact, pending) => contact with { RaceId = pending.RaceId });
        await QueueAsync(events, MessageKind.PaymentDelayed, pending => pending.Number, pending => new() { ["race"] = pending.RaceName }, work, cancellationToken, contacts);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationConfirmed>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var contacts = await KeepAsync(events, confirmed => confirmed.Runner, work, cancellationToken,
            (contact, confirmed) => contact with { RaceId = confirmed.RaceId, ConfirmedAt = confirmed.At });
        await QueueAsync(events, MessageKind.Confirmed, confirmed => confirmed.Number, confirmed => new()
        {
            ["race"] = confirmed.RaceName,
            ["date"] = confirmed.RaceDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["division"] = confirmed.DivisionName,
        }, work, cancellationToken, contacts);
        // Whoever was registered when something was announced is told, even if it is heard of later.
        await announcements.TellAsync([.. events.Select(heard => heard.Event.RegistrationId)], work, cancellationToken);
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
        var contacts = await KeepAsync(events, declined => declined.Runner, work, cancellationToken, (contact, declined) => contact with { RaceId = declined.RaceId, EndedAt = declined.At });
        await QueueAsync(events, MessageKind.Declined, declined => declined.Number, declined => new() { ["race"] = declined.RaceName }, work, cancellationToken, contacts);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var contacts = await KeepAsync(events, cancelled => cancelled.Runner, work, cancellationToken, (contact, cancelled) => contact with { RaceId = cancelled.RaceId, EndedAt = cancelled.At });
        await QueueAsync([.. events.Where(heard => heard.Event.WasConfirmed)], MessageKind.Cancelled, cancelled => cancelled.Number, cancelled => new()
        {
            ["race"] = cancelled.RaceName,
            ["refund"] = Money(cancelled.RefundDue),
            ["currency"] = cancelled.Currency,
        }, work, cancellationToken, contacts);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<RegistrationExpired>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        var contacts = await KeepAsync(events, expired => expired.Runner, work, cancellationToken, (contact, expired) => contact with { RaceId = expired.RaceId, EndedAt = expired.At });
        await QueueAsync(events, MessageKind.Expired, expired => expired.Number, expired => new() { ["race"] = expired.RaceName }, work, cancellationToken, contacts);
    }

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<PaymentRefunded>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.Refunded, refunded => refunded.Number,
            refunded => new() { ["amount"] = Money(refunded.Amount), ["currency"] = refunded.Currency }, work, cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(IReadOnlyList<Received<GoodsBackordered>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        QueueAsync(events, MessageKind.Backordered, waiting => waiting.Number, _ => [], work, cancellationToken);

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

    private async Task<IReadOnlyList<Contact>> KeepAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, Func<TEvent, RunnerDetails> runner, UnitOfWork work, CancellationToken cancellationToken, Func<Contact, TEvent, Contact>? more = null)
        where TEvent : RegistrationEvent
    {
        Contact[] contacts = [.. events.Select(heard =>
        {
            var details = runner(heard.Event);
            var contact = new Contact(heard.Event.RegistrationId, heard.Event.Number, details.Name, details.PhoneNo, details.Language) { WantsAll = details.WantsAllMessages is not false };
            return more is null ? contact : more(contact, heard.Event);
        })];
        await messages.KeepContactsAsync(contacts, work, cancellationToken);
        return contacts;
    }

    private Task QueueAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, MessageKind kind, Func<TEvent, string> number, Func<TEvent, Dictionary<string, string>> fields,
        UnitOfWork work, CancellationToken cancellationToken, IReadOnlyList<Contact>? contacts = null) where TEvent : IntegrationEvent
    {
        var byId = contacts?.ToDictionary(contact => contact.RegistrationId);
        return messages.QueueAsync([.. events.Select(heard => new NewMessage(
            heard.Event.AggregateId, number(heard.Event), kind, EventCatalog.Stream(typeof(TEvent)), heard.Version, heard.TraceParent, fields(heard.Event),
            heard.OccurredAt, byId?[heard.Event.AggregateId]))],
            work, cancellationToken);
    }

    private static string Money(int amount) => amount.ToString("N0", CultureInfo.InvariantCulture);
}
