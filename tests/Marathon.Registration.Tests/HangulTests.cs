using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Tests;

public sealed class HangulTests
{
    [Theory]
    [InlineData("\u110E\u1165\u11AF\u1109\u116E", "철수")]
    [InlineData("Kim \u1112\u1161\u11AB\u1102\u1161", "Kim 한나")]
    [InlineData("\uAC00\u11C2", "\uAC1B")]
    // Already whole, alone, or old: as they are.
    [InlineData("김철수 Ann", "김철수 Ann")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u1100 \u1161", "\u1100 \u1161")]
    [InlineData("\u1140\u1161", "\u1140\u1161")]
    [InlineData("\u11A8", "\u11A8")]
    [InlineData("", "")]
    public void Compose_PutsLettersTogetherAsAKeyboardWritesThem(string written, string expected) => Assert.Equal(expected, Hangul.Compose(written));

    [Fact]
    public void Identity_OfANameInSingleLetters_IsThatOfTheName()
    {
        var (apart, whole) = (Create("\u1112\u1169\u11BC\u1100\u1175\u11AF\u1103\u1169\u11BC"), Create("홍길동"));

        Assert.Equal("홍길동", apart.Name);
        Assert.Equal(whole.Identity, apart.Identity);

        static Runner Create(string name) =>
            Runner.Create(name, "010-1234-4256", "Seoul", "100", "95", "ko", new Division(Guid.Empty, Guid.Empty, "10K", 20_000, 10, 0, ["100"], ["95"]), new Dictionary<string, FormattableString>())!;
    }
}
