namespace Marathon.Dashboard.Web.Own;

/// <summary>One thing that has happened to a registration, or the next that will.</summary>
/// <param name="At">When; null: not yet, or nobody has said since when.</param>
/// <param name="Look"><c>good</c>, <c>wait</c>, <c>bad</c>, <c>message</c> or <c>next</c>.</param>
/// <param name="Title">What.</param>
/// <param name="Detail">More of it.</param>
/// <param name="Quote">What a message said.</param>
internal sealed record TimelineEntry(DateTimeOffset? At, string Look, string Title, string? Detail = null, string? Quote = null);

/// <summary>Registration, payment, delivery and messages as one story, in the order in which it happened.</summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineEntry> Of(MyPageView view, Words words, string language, bool isPickedUp)
    {
        string Money(int? amount) => Marathon.Web.Written.Money(language, amount ?? 0, view.Currency);
        var happened = new List<TimelineEntry?>
        {
            Then(view.RegisteredAt, "good", words.Registered, words.PlaceYours),
            Then(view.PaidAt, "good", words.Paid(Money(view.Amount))),
            Then(view.ReceivedAt, "good", view.Bib is { } bib ? words.BibGiven(bib) : words.OnTheRoll),
            Then(IsBackOnTheShelf(view) ? null : view.ReadyAt, "good", words.KitReady),
            Then(view.DispatchedAt, "good", words.KitSentOff, view.TrackingNumber is null ? null : $"{view.Carrier} {view.TrackingNumber}"),
            Then(view.DeliveredAt, "good", words.KitArrived),
            Then(view.PickedUpAt, "good", words.KitCollected),
            Then(view.CheckedInAt, "good", words.CheckedIn),
            Then(view.EndedAt, "bad", words.Ended(view.Status)),
            Then(view.DeliveryEndedAt, "wait", view.DeliveryStatus == "CANCELLED" ? words.KitCancelled : words.KitAskedBack),
            Then(view.ReturnedAt, "good", words.KitBack),
            Then(view.RefundedAt, "good", words.Refunded(Money(view.RefundedAmount))),
        };
        happened.AddRange(view.Messages.Select(message => new TimelineEntry(
            message.At, message.Status == "FAILED" ? "bad" : "message", words.MessageSent(message.Status), null, message.Text.Length > 0 ? message.Text : words.TextErased)));
        // What happened at the same moment stays in the order of the list: a message follows what it is about.
        return [.. happened.OfType<TimelineEntry>().OrderBy(entry => entry.At), .. Next(view, words, isPickedUp)];
    }

    private static TimelineEntry? Then(DateTimeOffset? at, string look, string title, string? detail = null) => at is null ? null : new(at, look, title, detail);

    /// <summary>What was set aside is so no longer: the runner wants another size, which is not there.</summary>
    private static bool IsBackOnTheShelf(MyPageView view) => view.DeliveryStatus is "RECEIVED" or "BACKORDERED" && !(view.ReadyAt <= view.DispatchedAt || view.ReadyAt <= view.PickedUpAt);

    /// <summary>What is waited for, and what is still to come.</summary>
    private static IEnumerable<TimelineEntry> Next(MyPageView view, Words words, bool isPickedUp)
    {
        if (view.PayStatus == "REFUND_DUE") yield return new(null, "next", words.RefundComes(view.RefundDue ?? 0, view.Currency));
        if (view.Status == "HELD")
        {
            // It goes on, and nobody has said since when.
            yield return new(null, "wait", words.PaymentDelayed, words.PaymentDelayedWhat);
            yield return new(null, "next", words.PaymentSettles);
        }
        if (view.Status is not "REGISTERED") yield break;
        if (view.DeliveryStatus == "BACKORDERED") yield return new(null, "wait", words.Backordered, words.BackorderedWhat);
        if (view.DeliveryStatus is null or "RECEIVED" or "BACKORDERED") yield return new(null, "next", words.KitWillBeReady);
        else if (view.DeliveryStatus == "READY") yield return new(null, "next", isPickedUp ? words.KitCollected : words.KitWillBeSent);
        else if (view.DeliveryStatus == "DISPATCHED") yield return new(null, "next", words.KitWillArrive);
        if (view.CheckedInAt is null && view.RaceDate is { } day) yield return new(null, "next", words.RaceDay(day));
    }
}
