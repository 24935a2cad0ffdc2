using System.Text.Json;
using System.Text.RegularExpressions;
using Marathon.Contracts;
using Marathon.Dashboard.Lists;
using Marathon.Dashboard.Web;
using Marathon.Dashboard.Web.Own;
using Marathon.Dashboard.Web.Races;
using Marathon.Dashboard.Web.Registering;
using Marathon.ServiceDefaults.Values;
using Marathon.Web;

namespace Marathon.Dashboard.Tests;

/// <summary>What pages decide by themselves, without a browser: what they say, and when.</summary>
public sealed partial class WebTests
{
    private static readonly DateTimeOffset Opening = new(2027, 3, 1, 0, 0, 0, TimeSpan.Zero), Closing = new(2027, 5, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Words Korean = Words.In("ko"), English = Words.In("en");

    private static RaceView Race(string status, bool isSoldOut = false) => new(Guid.Empty, "Race", "Seoul", new DateOnly(2027, 5, 20), status, Opening, Closing, "KRW", "SHIPPING", null,
        [new RaceDivisionView(Guid.Empty, "10 km", 20_000, 10, isSoldOut ? 10 : 3, isSoldOut ? 0 : 7, isSoldOut, ["100"], ["95"])]);

    public static TheoryData<string, bool, string, string> States => new()
    {
        { "SCHEDULED", false, "2027-02-28T23:59:59Z", nameof(RaceState.Soon) },
        // The clock of whoever opens it may be a moment behind.
        { "SCHEDULED", false, "2027-03-01T00:00:00Z", nameof(RaceState.Open) },
        { "OPEN", false, "2027-02-01T00:00:00Z", nameof(RaceState.Open) },
        { "OPEN", true, "2027-04-01T00:00:00Z", nameof(RaceState.SoldOut) },
        { "SUSPENDED", true, "2027-04-01T00:00:00Z", nameof(RaceState.Suspended) },
        { "OPEN", false, "2027-05-01T00:00:00Z", nameof(RaceState.Closed) },
        { "CLOSED", false, "2027-04-01T00:00:00Z", nameof(RaceState.Closed) },
        // Its day is over in Korea.
        { "CLOSED", false, "2027-05-20T14:59:59Z", nameof(RaceState.Closed) },
        { "CLOSED", false, "2027-05-20T15:00:00Z", nameof(RaceState.Over) },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void Race_IsWhatAReaderCanDoAboutIt(string status, bool isSoldOut, string now, string expected) =>
        Assert.Equal(expected, Race(status, isSoldOut).At(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)).ToString());

    [Theory]
    [InlineData("2027-05-06T14:59:59Z", 100)]
    [InlineData("2027-05-06T15:00:00Z", 50)]
    [InlineData("2027-05-17T14:59:59Z", 50)]
    [InlineData("2027-05-17T15:00:00Z", 0)]
    public void Refund_IsShown_AsRegistrationWillReckonIt(string now, int percent) => Assert.Equal(percent, What.RefundPercent(
        [new RaceRefundTier(3, 50), new RaceRefundTier(14, 100)], new DateOnly(2027, 5, 20), DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(402, "payment-declined", false, false)]
    [InlineData(409, "race-full", false, false)]
    [InlineData(409, "race-not-open", true, false)]
    [InlineData(409, "already-registered", false, false)]
    [InlineData(409, "idempotency-key-reused", false, false)]
    [InlineData(409, "hold-expired", false, false)]
    [InlineData(422, "invalid", true, false)]
    [InlineData(503, "overloaded", true, true)]
    [InlineData(503, null, true, true)]
    [InlineData(504, null, true, true)]
    public void Answer_ThatDecidedNothing_MayComeAgainUnderItsKey_AndOneThatDidMayNot(int status, string? code, bool keepsKey, bool isRepeated)
    {
        var answer = new Reply("registration", status, JsonSerializer.SerializeToNode(new { code, detail = "said" }));

        foreach (var words in (Words[])[Korean, English])
        {
            var outcome = Outcome.Of(answer, words);
            Assert.Equal((keepsKey, isRepeated, true), (outcome.KeepsKey, outcome.RetryIn is not null, outcome.Title is { Length: > 0 }));
        }
    }

    [Fact]
    public void Answer_ThatTheHoldHasEnded_IsToldWithoutTheKeyThatOnlyProgramsKnow()
    {
        var outcome = Outcome.Of(new Reply("registration", 409, JsonSerializer.SerializeToNode(new { code = "hold-expired", detail = "Use a new key." })), English);

        Assert.Equal((English.HoldEnded, English.HoldEndedWhat), (outcome.Title, outcome.Text));
    }

    [Theory]
    [InlineData("SCHEDULED", "2027-02-28T23:59:59Z", false)]
    [InlineData("SCHEDULED", "2027-03-01T00:00:00Z", true)]
    [InlineData("OPEN", "2027-03-01T00:00:59Z", true)]
    [InlineData("SUSPENDED", "2027-03-01T00:00:30Z", false)]
    [InlineData("OPEN", "2027-03-01T00:01:00Z", false)]
    public void Answer_ThatTheRaceIsNotOpen_InTheMomentInWhichItOpens_IsNotTheLast(string status, string now, bool isRepeated)
    {
        var answer = new Reply("registration", 409, JsonSerializer.SerializeToNode(new { code = "race-not-open" }));

        var outcome = Outcome.Of(answer, English, Race(status).IsOpening(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));

        Assert.Equal((true, isRepeated ? 1 : (int?)null, isRepeated), (outcome.KeepsKey, outcome.RetryIn, outcome.Title == English.OpensNow));
    }

    [Theory]
    [InlineData("010-1234-5678")]
    [InlineData("010.1234.5678")]
    [InlineData(" 010 1234 5678 ")]
    [InlineData("(02) 123-4567")]
    [InlineData("064)1234-5678")]
    [InlineData("+82 (0)10-1234-5678")]
    [InlineData("+1 (415) 555-0134")]
    [InlineData("+ (82) 10-1234-5678")]
    public void PhoneNumber_ThatIsOne_IsTakenByTheForm(string written)
    {
        Assert.NotNull(PhoneNumber.Parse(written));
        // A browser means the whole of it.
        Assert.Matches($"^(?:{Patterns.PhoneNo})$", written);
    }

    [Theory]
    [InlineData("call me")]
    [InlineData("010-1234")]
    [InlineData("010+1234+5678")]
    public void PhoneNumber_ThatIsNone_IsNotTakenByTheForm(string written) => Assert.DoesNotMatch($"^(?:{Patterns.PhoneNo})$", written);

    public static TheoryData<RaceRefundTier[]?, string, string> Refunds => new()
    {
        { null, "By the race's policy.", "대회 규정에 따라 환불됩니다." },
        { [], "Nothing comes back.", "환불되지 않습니다." },
        { [new(7, 0)], "Nothing comes back.", "환불되지 않습니다." },
        { [new(3, 50), new(14, 100)], "100% back until 14 days before. 50% back until 3 days before. Nothing after that.", "14일 전까지 100% 환불. 3일 전까지 50% 환불. 그 뒤에는 환불되지 않습니다." },
        { [new(1, 80)], "80% back until the day before. Nothing after that.", "1일 전까지 80% 환불. 그 뒤에는 환불되지 않습니다." },
        { [new(7, 100), new(0, 50)], "100% back until 7 days before. 50% back until the end of the race's day.", "7일 전까지 100% 환불. 대회 당일까지 50% 환불." },
        // Whoever cancels early gets no less than whoever does later.
        { [new(30, 50), new(7, 80)], "80% back until 7 days before. Nothing after that.", "7일 전까지 80% 환불. 그 뒤에는 환불되지 않습니다." },
    };

    [Theory]
    [MemberData(nameof(Refunds))]
    public void RefundPolicy_IsToldAsItIsMeant(RaceRefundTier[]? tiers, string english, string korean) =>
        Assert.Equal((english, korean), (string.Join(' ', English.RefundLines(tiers)), string.Join(' ', Korean.RefundLines(tiers))));

    /// <summary>A name or a unit may be the same; a sentence may not.</summary>
    [Fact]
    public void Words_InKorean_AreKorean()
    {
        var english = typeof(Words).GetProperties().Where(property => property.PropertyType == typeof(string) && !Hangul().IsMatch((string)property.GetValue(Korean)!)).Select(property => property.Name);
        var korean = typeof(Words).GetProperties().Where(property => property.PropertyType == typeof(string) && Hangul().IsMatch((string)property.GetValue(English)!)).Select(property => property.Name);

        Assert.Empty(english.Except(["NumberHint"]));
        Assert.Empty(korean);
    }

    [Fact]
    public void Story_IsToldInTheOrderInWhichItHappened_AndWhatIsToComeLast()
    {
        var view = new MyPageView
        {
            Number = "M-7K3F-9QX2", RegisterId = Guid.Empty, Status = "REGISTERED", PayStatus = "COMPLETED", DeliveryStatus = "DISPATCHED", Amount = 20_000, Bib = 7, RaceDate = new DateOnly(2027, 5, 20),
            PaidAt = Opening, RegisteredAt = Opening.AddSeconds(1), ReceivedAt = Opening.AddSeconds(2), ReadyAt = Opening.AddSeconds(4), DispatchedAt = Opening.AddSeconds(5), TrackingNumber = "9018", Carrier = "Hanbit",
            Messages = [new MyPageMessage(Guid.Empty, "confirmed", "You are in.", "FAILED", Opening.AddSeconds(3), null, null)], AsOf = Opening.AddSeconds(5),
        };

        var story = Timeline.Of(view, English, "en", isPickedUp: false);

        Assert.Equal(["₩20,000 paid", "Registered", "Bib 7", "A message could not be sent", "Kit set aside for you", "Kit sent", "Kit delivered", "Race day, Thu, 20 May 2027"], story.Select(entry => entry.Title));
        Assert.Equal(["good", "good", "good", "bad", "good", "good", "next", "next"], story.Select(entry => entry.Look));
        Assert.Equal("You are in.", story[3].Quote);
    }

    [Fact]
    public void Payment_ThatTakesLonger_IsToldAfterWhatHasHappened_AndHasNoTime()
    {
        var view = new MyPageView
        {
            Number = "M-7K3F-9QX2", RegisterId = Guid.Empty, Status = "HELD", AsOf = Opening.AddMinutes(1), Messages = [new MyPageMessage(Guid.Empty, "pending", "Wait.", "DELIVERED", Opening.AddMinutes(1), null, null)],
        };

        Assert.Equal([("message", (DateTimeOffset?)Opening.AddMinutes(1)), ("wait", null), ("next", null)], Timeline.Of(view, English, "en", isPickedUp: false).Select(entry => (entry.Look, entry.At)));
    }

    [Fact]
    public void Kit_ThatWaitsForGoods_IsToldToWaitLast_AndWhatWasSetAsideBeforeIsNot()
    {
        var view = new MyPageView
        {
            Number = "M-7K3F-9QX2", RegisterId = Guid.Empty, Status = "REGISTERED", DeliveryStatus = "BACKORDERED", AsOf = Opening, Messages = [],
            RegisteredAt = Opening, ReceivedAt = Opening.AddMinutes(1), ReadyAt = Opening.AddMinutes(2),
        };

        // Another size than was there.
        Assert.Equal(["Registered", "On the organiser's roll", "Your size is out of stock", "Kit set aside"], Told(view));
        // Back from the carrier, or from the runner.
        Assert.Equal(["Registered", "On the organiser's roll", "Kit set aside for you", "Kit sent", "Kit returned", "Your size is out of stock", "Kit set aside"],
            Told(view with { DispatchedAt = Opening.AddMinutes(3), ReturnedAt = Opening.AddMinutes(4) }));
        Assert.Equal(["Registered", "On the organiser's roll", "Kit set aside for you", "Kit picked up", "Kit returned", "Your size is out of stock", "Kit set aside"],
            Told(view with { PickedUpAt = Opening.AddMinutes(3), ReturnedAt = Opening.AddMinutes(4) }));
        // Nobody waits for one that ended.
        Assert.DoesNotContain("Your size is out of stock", Told(view with { Status = "CANCELLED", EndedAt = Opening.AddMinutes(3) }));

        static IEnumerable<string> Told(MyPageView view) => Timeline.Of(view, English, "en", isPickedUp: false).Select(entry => entry.Title);
    }

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();
}
