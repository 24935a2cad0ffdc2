using System.Text.RegularExpressions;
using Marathon.Gateway.Desks;

namespace Marathon.Gateway.Tests;

/// <summary>The console has words in both languages for whatever services name by a code: what the documents list is said.</summary>
public sealed partial class WordsTests
{
    private static readonly Words Korean = new(isKorean: true), English = new(isKorean: false);

    [Fact]
    public void Reason_IsSaidInBothLanguages()
    {
        var codes = Code().Matches(Part("payments.md", "Our reasons:", ".\n") + Part("notification.md", "| reason of a failure", "##")).Select(code => code.Groups[1].Value).ToList();

        Assert.Superset(new HashSet<string> { "card-declined", "cancelled", "undeliverable", "not-taken" }, codes.ToHashSet());
        Assert.All(codes.Concat(["simulated-failure", "sandbox-failed", "not-answered", "not-refunded"]), code =>
        {
            Assert.Matches(Hangul(), Korean.Reason(code)!);
            Assert.NotEqual(code, English.Reason(code));
        });
        Assert.Equal("toss 500 UNHEARD_OF", Korean.Reason("toss 500 UNHEARD_OF"));
    }

    [Fact]
    public void MessageKind_IsSaidInBothLanguages_EachInItsOwnWords()
    {
        var kinds = Code().Matches(Part("notification.md", "## What is told", "The texts are")).Select(kind => kind.Groups[1].Value).Where(kind => !kind.StartsWith("inspected", StringComparison.Ordinal)).ToList();

        Assert.Superset(new HashSet<string> { "confirmed", "race-moved", "link" }, kinds.ToHashSet());
        foreach (var words in (Words[])[Korean, English]) Assert.Distinct(kinds.Select(words.MessageKind).Append(words.MessageKind("inspected")));
    }

    /// <summary>As runners' pages, the API and messages say it: docs/architecture.md, "A word to the caller".</summary>
    [Theory]
    [InlineData("race", "SUSPENDED", "접수 중단")]
    [InlineData("registration", "HELD", "결제 확인 중")]
    [InlineData("registration", "EXPIRED", "기한 만료")]
    [InlineData("kit", "RETURN_REQUESTED", "반송 요청")]
    [InlineData("kit", "RETURNED", "반송 완료")]
    [InlineData("roll", "CHECKED_IN", "체크인")]
    public void State_HasTheOneWordForIt(string of, string state, string word)
    {
        Assert.Equal(word, Korean.State(of, state));
        Assert.Contains(word, Part("architecture.md", "One thing has one word", "\n\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_SaysWhatComesBack_OfWhat()
    {
        Assert.Contains("By the race's policy ₩10 of ₩20 comes back.", English.CancelForWhat("₩10", "₩20"), StringComparison.Ordinal);
        Assert.Contains("20원 중 10원을 돌려줍니다.", Korean.CancelForWhat("10원", "20원"), StringComparison.Ordinal);
    }

    [Fact]
    public void Event_IsSaidInBothLanguages()
    {
        var events = Event().Matches(Part("events.md", "", null)).Select(found => (Type: found.Value, Stream: found.Groups[1].Value)).Distinct().ToList();

        Assert.Contains(("marathon.payments.payment-declined.v1", "payments"), events);
        Assert.All(events, known =>
        {
            Assert.Matches(Hangul(), Korean.Deed(known.Type));
            Assert.Matches(Hangul(), Korean.Stream(known.Stream));
            Assert.DoesNotContain(".v1", English.Deed(known.Type), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("opening stock", null, "처음 재고", "opening stock")]
    [InlineData("opening stock", "kim", "opening stock", "opening stock")]
    [InlineData("두 장 얼룩", "kim", "두 장 얼룩", "두 장 얼룩")]
    public void Note_IsAPersonsOwn_UnlessNobodyWroteIt(string note, string? actor, string korean, string english)
    {
        var line = new MovementLine(DateTimeOffset.UnixEpoch, "TOP", "105", "RECEIVED", 1, null, note, actor);

        Assert.Equal((korean, english), (Korean.NoteOf(line), English.NoteOf(line)));
    }

    /// <summary>A document from where <paramref name="from"/> stands to where <paramref name="to"/> does; to its end, when that is null.</summary>
    private static string Part(string document, string from, string? to)
    {
        var text = Documents.Read(document);
        text = text[text.IndexOf(from, StringComparison.Ordinal)..];
        return to is null ? text : text[..text.IndexOf(to, StringComparison.Ordinal)];
    }

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"marathon\.([a-z]+)\.[a-z-]+\.v1")]
    private static partial Regex Event();

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();
}
