using System.Globalization;
using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;

namespace Marathon.Notification.Adapters;

/// <summary>
/// A supplier is told what an inspection of their goods has found, as a runner is told of things: the order takes the registration's place. The text does not
/// name the person it goes to, since the others hear of it, and nobody could have it erased there.
/// </summary>
public sealed class Inspections(IMessages messages) : IHandle<ProcurementInspected>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<Received<ProcurementInspected>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        // Never confirmed: whoever looks for their registrations by this phone number would be sent a link to an order.
        await messages.KeepContactsAsync([.. events.Select(heard => new Contact(
            heard.Event.ProcurementId, heard.Event.Number, heard.Event.Contact.Name, heard.Event.Contact.PhoneNo, heard.Event.Contact.Language))], work, cancellationToken);
        await messages.QueueAsync([.. events.Select(Message)], work, cancellationToken);
    }

    private static NewMessage Message(Received<ProcurementInspected> heard)
    {
        var inspected = heard.Event;
        var (passed, failed) = (inspected.Lines.Sum(line => line.Passed), inspected.Lines.Sum(line => line.Failed));
        var missing = inspected.Lines.Sum(line => line.Quantity) - passed - failed;
        var fields = new Dictionary<string, string> { ["race"] = inspected.RaceName, ["passed"] = Pieces(passed), ["failed"] = Pieces(failed) };
        if (missing > 0) fields["missing"] = Pieces(missing);
        return new NewMessage(
            inspected.ProcurementId, inspected.Number, missing > 0 ? MessageKind.InspectedIncomplete : MessageKind.Inspected,
            EventCatalog.Stream(typeof(ProcurementInspected)), heard.Version, heard.TraceParent, fields, heard.OccurredAt);
    }

    private static string Pieces(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
