using Marathon.Contracts;
using Marathon.Dashboard.Web.Own;
using Marathon.Dashboard.Web.Races;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Dashboard.Web;

/// <summary>What the runners' pages say. Each language is a file, and the compiler misses what one of them lacks.</summary>
internal sealed partial record Words
{
    public static Words In(string language) => language == Languages.Korean ? Korean : English;

    public static Words Of(HttpRequest request) => In(Languages.Of(request));

    // Everywhere
    public required string TryAgain { get; init; }
    public required string Missing { get; init; }
    public required string PhoneNo { get; init; }
    public required string PhoneNoHint { get; init; }
    public required string NoPhoneNo { get; init; }
    public required string Number { get; init; }

    // Finding one's registration
    public required string Mine { get; init; }
    public required string NotOpenedHere { get; init; }
    public required string NotOpenedHereWhy { get; init; }
    public required string LinkSent { get; init; }
    public required string LinkSentWhat { get; init; }
    public required string OpenedHere { get; init; }
    public required string Forget { get; init; }
    public required string ByPhone { get; init; }
    public required string ByPhoneHow { get; init; }
    public required string SendLink { get; init; }
    public required string ByKey { get; init; }
    public required string ByKeyHow { get; init; }
    public required string NumberHint { get; init; }
    public required string AccessKey { get; init; }
    public required string OpenRegistration { get; init; }
    public required string WrongKey { get; init; }

    // Races
    public required string Races { get; init; }
    public required string ShopTitle { get; init; }
    public required string ShopLead { get; init; }
    public required string NoRaces { get; init; }
    public required string PastRaces { get; init; }
    public required string ComingRaces { get; init; }
    public required string OpensAt { get; init; }
    public required string ClosesAt { get; init; }
    public required string PlacesLeftOf { get; init; }
    public required string SoldOut { get; init; }
    public required string UntilOpening { get; init; }
    public required string UntilOpeningHow { get; init; }
    public required string Suspended { get; init; }
    public required string SuspendedWhy { get; init; }
    public required string Divisions { get; init; }
    public required string Register { get; init; }
    public required string Prepare { get; init; }
    public required string Terms { get; init; }
    public required string Kit { get; init; }
    public required string KitSent { get; init; }
    public required string KitPickedUp { get; init; }
    public required string Refunds { get; init; }

    // Registering
    public required string SomethingWrong { get; init; }
    public required string FeeChanged { get; init; }
    public required string FeeChangedWhat { get; init; }
    public required string Declined { get; init; }
    public required string DeclinedWhat { get; init; }
    public required string HoldEnded { get; init; }
    public required string HoldEndedWhat { get; init; }
    public required string Full { get; init; }
    public required string FullWhat { get; init; }
    public required string NotOpen { get; init; }
    public required string NotOpenWhat { get; init; }
    public required string OpensNow { get; init; }
    public required string OpensNowWhat { get; init; }
    public required string Already { get; init; }
    public required string AlreadyWhat { get; init; }
    public required string SentBefore { get; init; }
    public required string SentBeforeWhat { get; init; }
    public required string Crowded { get; init; }
    public required string CrowdedWhat { get; init; }
    public required string NoAnswer { get; init; }
    public required string NoAnswerWhat { get; init; }
    public required string RetryIn { get; init; }
    public required string DoNotRetry { get; init; }
    public required string FindMine { get; init; }
    public required string OpensSoon { get; init; }
    public required string FillInNow { get; init; }
    public required string BackToRace { get; init; }
    public required string AboutRace { get; init; }
    public required string Name { get; init; }
    public required string PhoneNoWhy { get; init; }
    public required string Address { get; init; }
    public required string AddressWhy { get; init; }
    public required string TopSize { get; init; }
    public required string BottomSize { get; init; }
    public required string Choose { get; init; }
    public required string Payment { get; init; }
    public required string PaymentSimulated { get; init; }
    public required string PaymentToken { get; init; }
    public required string Fee { get; init; }
    public required string RegisterWhat { get; init; }
    public required string RegisterPrivacy { get; init; }

    // One's own page
    public required string PendingTitle { get; init; }
    public required string PendingWhat { get; init; }
    public required string RegisteredTitle { get; init; }
    public required string RegisteredWhat { get; init; }
    public required string ArrivingWhat { get; init; }
    public required string PaymentDelayed { get; init; }
    public required string PaymentDelayedWhat { get; init; }
    public required string PaymentSettles { get; init; }
    public required string Registered { get; init; }
    public required string PlaceYours { get; init; }
    public required string OnTheRoll { get; init; }
    public required string Backordered { get; init; }
    public required string BackorderedWhat { get; init; }
    public required string KitReady { get; init; }
    public required string KitSentOff { get; init; }
    public required string KitArrived { get; init; }
    public required string KitCollected { get; init; }
    public required string KitCancelled { get; init; }
    public required string KitAskedBack { get; init; }
    public required string KitBack { get; init; }
    public required string CheckedIn { get; init; }
    public required string TextErased { get; init; }
    public required string KitWillBeReady { get; init; }
    public required string KitWillBeSent { get; init; }
    public required string KitWillArrive { get; init; }
    public required string KitToPickUp { get; init; }
    public required string Ticket { get; init; }
    public required string Bib { get; init; }
    public required string Story { get; init; }
    public required string Details { get; init; }
    public required string Refund { get; init; }
    public required string Change { get; init; }
    public required string TooLateToChange { get; init; }
    public required string RegisterAgain { get; init; }
    public required string More { get; init; }
    public required string Cancel { get; init; }
    public required string AllMessagesNow { get; init; }
    public required string FewMessagesNow { get; init; }
    public required string AllMessages { get; init; }
    public required string FewMessages { get; init; }
    public required string TakeAlong { get; init; }
    public required string Erase { get; init; }
    public required string Erased { get; init; }
    public required string ChangedTitle { get; init; }
    public required string ChangedWhat { get; init; }
    public required string CancelledTitle { get; init; }
    public required string CancelledWhat { get; init; }
    public required string ErasedTitle { get; init; }
    public required string ErasedWhat { get; init; }
    public required string Save { get; init; }
    public required string Back { get; init; }
    public required string CancelQuestion { get; init; }
    public required string CancelHeld { get; init; }
    public required string RefundRule { get; init; }
    public required string RefundByPolicy { get; init; }
    public required string CancelWhat { get; init; }
    public required string CancelNow { get; init; }
    public required string KeepPlace { get; init; }
    public required string EraseQuestion { get; init; }
    public required string EraseWhat { get; init; }
    public required string EraseNow { get; init; }

    // With values in them
    public required Func<RaceState, string> State { get; init; }
    public required Func<long, int, string> PlacesLeft { get; init; }
    public required Func<IReadOnlyList<string>, IReadOnlyList<string>, string> Sizes { get; init; }
    public required Func<IReadOnlyList<RaceRefundTier>?, IEnumerable<string>> RefundLines { get; init; }
    public required Func<string, string> RegisterFor { get; init; }
    public required Func<string, string> PayAndRegister { get; init; }
    public required IReadOnlyList<(string Token, string Name, string What)> Tokens { get; init; }
    public required Func<string, string> Paid { get; init; }
    public required Func<string, string> Refunded { get; init; }
    public required Func<int, string?, string> RefundComes { get; init; }
    public required Func<int, string> BibGiven { get; init; }
    public required Func<string?, string> Ended { get; init; }
    public required Func<DateOnly, string> RaceDay { get; init; }
    public required Func<string, string> MessageSent { get; init; }
    public required Func<string, string> QrCode { get; init; }
    public required Func<int, string> ComesBackToday { get; init; }
    public required Func<string?, string> StatusOf { get; init; }
    public required Func<string?, string> PayStatusOf { get; init; }
    public required Func<string?, string> DeliveryStatusOf { get; init; }

    /// <summary>A refund policy, line by line.</summary>
    private static IEnumerable<string> Lines(IReadOnlyList<RaceRefundTier>? tiers, string unknown, string nothing, string nothingAfter, Func<int, int, string> percentUntil)
    {
        if (tiers is null) return [unknown];
        var steps = What.RefundSteps(tiers);
        var lines = steps.Select(step => percentUntil(step.Percent, step.DaysBefore));
        return steps switch { [] => [nothing], [.., { DaysBefore: 0 }] => lines, _ => lines.Append(nothingAfter) };
    }
}
