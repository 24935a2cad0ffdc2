using System.Security.Cryptography;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Tests;

public class RefundPolicyTests
{
    private static readonly DateOnly RaceDay = new(2027, 4, 25);

    [Theory]
    [InlineData(200, 20_000)]
    [InlineData(14, 20_000)]
    [InlineData(13, 10_000)]
    [InlineData(3, 10_000)]
    [InlineData(2, 0)]
    [InlineData(-1, 0)]
    public void RefundOf_ByDaysLeft_IsTheTiersPart(int daysLeft, int refund) =>
        Assert.Equal(refund, RefundPolicy.Usual.RefundOf(20_000, RaceDay, RaceDay.AddDays(-daysLeft)));

    [Fact]
    public void RefundOf_WhenItDoesNotDivide_RoundsDown() =>
        Assert.Equal(6, new RefundPolicy([new(0, 33)]).RefundOf(20, RaceDay, RaceDay));

    [Fact]
    public void RefundOf_WithoutTiers_IsNothing() => Assert.Equal(0, new RefundPolicy([]).RefundOf(20_000, RaceDay, RaceDay.AddDays(-99)));
}

public class RegistrationNumberTests
{
    [Fact]
    public void From_ReadsBack()
    {
        for (var i = 0; i < 1000; i++)
        {
            var number = RegistrationNumber.From(RandomNumberGenerator.GetBytes(5));
            Assert.Matches("^M-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", number.Text);
            Assert.True(RegistrationNumber.TryParse(number.Text, out var read));
            Assert.Equal(number, read);
        }
    }

    [Fact]
    public void From_UsesAllFortyBits()
    {
        Assert.Equal("M-0000-0000", RegistrationNumber.From([0, 0, 0, 0, 0]).Text);
        Assert.Equal("M-ZZZZ-ZZZZ", RegistrationNumber.From([255, 255, 255, 255, 255]).Text);
        Assert.Equal("M-0000-0001", RegistrationNumber.From([0, 0, 0, 0, 1]).Text);
    }

    [Theory]
    [InlineData("m-7k3f-9qx2", "M-7K3F-9QX2")]
    [InlineData("M-IL0O-9QX2", "M-1100-9QX2")]
    [InlineData(" m-os7d-jjgo\t", "M-0S7D-JJG0")]
    public void TryParse_AsPeopleWriteIt_Reads(string written, string read)
    {
        Assert.True(RegistrationNumber.TryParse(written, out var number));
        Assert.Equal(read, number.Value.Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("M-7K3F-9QX")]
    [InlineData("M-7K3F99QX2")]
    [InlineData("X-7K3F-9QX2")]
    [InlineData("M-7K3F-9QXU")]
    [InlineData("M-7K3F-9Q-2")]
    public void TryParse_WhenItIsNone_Refuses(string? written) => Assert.False(RegistrationNumber.TryParse(written, out _));

    [Theory]
    [InlineData(" m-os7d-jjgo", "M-0S7D-JJG0")]
    [InlineData("po-000123 ", "PO-000123")]
    public void Normal_OfWhatIsNoNumber_IsNoneEither(string written, string normal) => Assert.Equal(normal, RegistrationNumber.Normal(written));
}

public class RegistrationLifecycleTests
{
    private static readonly RegistrationStatus[] All = Enum.GetValues<RegistrationStatus>();

    [Fact]
    public void Before_NothingLeavesAFinalState()
    {
        foreach (var final in All.Where(status => !status.TakesPlace()))
            Assert.DoesNotContain(All, next => RegistrationLifecycle.Before(next).Contains(final));
    }

    [Fact]
    public void Before_EveryStateIsReachedFromHeld() =>
        Assert.All(All.Except([RegistrationStatus.Held]), status => Assert.Contains(RegistrationStatus.Held, RegistrationLifecycle.Before(status)));

    [Fact]
    public void Text_ReadsBack() => Assert.All(All, status => Assert.Equal(status, RegistrationLifecycle.Parse(status.Text())));
}

public class RunnerTests
{
    private static readonly Division Division = new(Guid.Empty, Guid.Empty, "10 km", 20_000, 10, 0, ["100", "105", "110"], ["95", "100"]);

    private static (Runner? Runner, Dictionary<string, FormattableString> Errors) Create(
        string? name = "HJK1", string? phoneNo = "010-1234-4256", string? address = "경기도성남시", string? top = "110", string? bottom = "100")
    {
        var errors = new Dictionary<string, FormattableString>();
        return (Runner.Create(name, phoneNo, address, top, bottom, "ko", Division, errors), errors);
    }

    [Fact]
    public void Create_WhenAllIsWell_IsARunner()
    {
        var (runner, errors) = Create(name: " HJK1 ");
        Assert.Equal("HJK1", runner?.Name);
        Assert.Empty(errors);
    }

    [Fact]
    public void Create_WhenEverythingIsMissing_NamesEveryField() =>
        Assert.Equal(["address", "bottomSize", "name", "phoneNo", "topSize"], Create(null, " ", "", null, null).Errors.Keys.Order());

    [Theory]
    [InlineData("010-1234")]
    [InlineData("call me maybe")]
    [InlineData("010+1234+5678")]
    [InlineData("1234567890123456")]
    public void Create_WhenThePhoneNumberIsNone_SaysSo(string phoneNo)
    {
        var (runner, errors) = Create(phoneNo: phoneNo);
        Assert.Null(runner);
        Assert.Equal(["phoneNo"], errors.Keys);
    }

    [Theory]
    [InlineData("+82 10 1234 5678")]
    [InlineData("01012345678")]
    [InlineData("02-123-4567")]
    [InlineData("+1 415 555 0134")]
    public void Create_WithAPhoneNumberAsPeopleWriteIt_IsARunner(string phoneNo) => Assert.NotNull(Create(phoneNo: phoneNo).Runner);

    [Fact]
    public void Create_WhenTheSizeIsNotInTheChart_NamesTheChart() => Assert.Contains("100, 105, 110", FormattableString.Invariant(Create(top: "XXL").Errors["topSize"]));

    [Fact]
    public void Create_WhenANameIsTooLong_OrHasControlCharacters_Refuses()
    {
        Assert.Equal(["name"], Create(name: new string('x', 51)).Errors.Keys);
        Assert.Equal(["name"], Create(name: "a\0b").Errors.Keys);
    }

    [Theory]
    [InlineData("01012344256")]
    [InlineData("010-1234-4256")]
    [InlineData("+82 10-1234-4256")]
    [InlineData("+82(0)10 1234 4256")]
    public void Identity_OfTheSamePersonWrittenDifferently_IsTheSame(string phoneNo) =>
        Assert.Equal(Create(name: "hong gil dong", phoneNo: "010 1234 4256").Runner!.Identity, Create(name: "Hong GilDong", phoneNo: phoneNo).Runner!.Identity);

    [Fact]
    public void Identity_OfWhoIsStoredWithANumberThatIsNone_IsItsDigits() =>
        Assert.Equal("KIM|12345678", Runner.Stored("Kim", "1234-5678", "Seoul", "100", "95", "ko").Identity);
}
