using Marathon.Notification.Domain;

namespace Marathon.Notification.Tests;

/// <summary>How texts travel, when, and under which id.</summary>
public sealed class FormTests
{
    /// <summary>The longest that other services take.</summary>
    private static readonly Dictionary<string, int> Longest = new()
    {
        ["name"] = 100, ["number"] = 40, ["race"] = 100, ["place"] = 100, ["division"] = 100, ["carrier"] = 50, ["trackingNumber"] = 50, ["date"] = 10, ["refund"] = 20, ["amount"] = 20,
        ["currency"] = 3, ["passed"] = 15, ["failed"] = 15, ["missing"] = 15, ["minutes"] = 3, ["link"] = 200,
    };

    [Fact]
    public void EveryTemplate_WithTheLongestValues_FitsIntoAnLms_AndHasASubject()
    {
        var templates = Adapters.EmbeddedTemplates.Load();
        foreach (var kind in MessageKind.All)
            foreach (var language in Templates.Languages)
            {
                var form = SmsForm.Of(templates.Find(kind.Name, language).Render(kind.Fields.Concat(["name", "number"]).ToDictionary(field => field, field => new string('한', Longest[field]))));
                Assert.True(form.Fits, $"{language}/{kind.Name} has {form.Bytes} bytes");
                Assert.Equal(language == "ko" ? "마라톤" : "Marathon", form.Subject);
            }
    }

    [Theory]
    [InlineData(90, 0, false, 90)]
    [InlineData(91, 0, true, 91)]
    [InlineData(0, 45, false, 90)]
    [InlineData(1, 45, true, 91)]
    [InlineData(2000, 0, true, 2000)]
    public void Text_OfSoManyLetters_IsAnSmsOrAnLms(int latin, int hangul, bool isLong, int bytes) =>
        Assert.Equal((isLong, bytes), (SmsForm.Of(new string('a', latin) + new string('한', hangul)).IsLong, SmsForm.Of(new string('a', latin) + new string('한', hangul)).Bytes));

    [Theory]
    [InlineData("똠방각하 펲시콜라 쑛", false)]
    [InlineData("달리자 🏃", true)]
    [InlineData("Zoë", true)]
    [InlineData("한국 漢字 ①", false)]
    public void Text_WithLettersThatOperatorsDoNotHave_IsAnLms(string text, bool isLong) => Assert.Equal(isLong, SmsForm.Of(text).IsLong);

    [Fact]
    public void Text_ThatIsTooLong_DoesNotFit() => Assert.False(SmsForm.Of(new string('한', 1001)).Fits);

    [Theory]
    [InlineData("2026-11-28T11:59:00Z", null)]                     // 20:59 in Korea
    [InlineData("2026-11-28T12:00:00Z", "2026-11-28T23:00:00Z")]   // 21:00
    [InlineData("2026-11-28T15:30:00Z", "2026-11-28T23:00:00Z")]   // 00:30 of the next day
    [InlineData("2026-11-28T22:59:00Z", "2026-11-28T23:00:00Z")]   // 07:59
    [InlineData("2026-11-28T23:00:00Z", null)]                     // 08:00
    public void QuietHours_EndInTheMorning(string now, string? end) =>
        Assert.Equal(end is null ? null : DateTimeOffset.Parse(end, null), QuietHours.Parse("21:00-08:00")!.End(DateTimeOffset.Parse(now, null)));

    [Fact]
    public void QuietHours_ThatAreNone_AreRefused_AndNothingMeansNever()
    {
        Assert.Null(QuietHours.Parse(" "));
        Assert.Throws<FormatException>(() => QuietHours.Parse("21-8"));
    }

    [Fact]
    public void Id_OfOneCause_IsTheSame_AndOfAnotherAnother()
    {
        var registration = Guid.CreateVersion7();
        var id = MessageId.Of(registration, "confirmed", "registrations", 1);

        Assert.Equal(id, MessageId.Of(registration, "confirmed", "registrations", 1));
        Assert.Equal(8, id.Version);
        Assert.Equal(registration.ToString()[..13], id.ToString()[..13]);
        Guid[] others =
        [
            MessageId.Of(Guid.CreateVersion7(), "confirmed", "registrations", 1), MessageId.Of(registration, "refunded", "registrations", 1),
            MessageId.Of(registration, "confirmed", "payments", 1), MessageId.Of(registration, "confirmed", "registrations", 2),
        ];
        Assert.Equal(5, others.Append(id).Distinct().Count());
    }
}
