using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Tests;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("010-1234-5678", "+821012345678")]
    [InlineData("01012345678", "+821012345678")]
    [InlineData(" 010 1234 5678 ", "+821012345678")]
    [InlineData("010.1234.5678", "+821012345678")]
    [InlineData("+82 10 1234 5678", "+821012345678")]
    [InlineData("+82-010-1234-5678", "+821012345678")]
    [InlineData("+82 (0)10-1234-5678", "+821012345678")]
    [InlineData("82 10 1234 5678", "+821012345678")]
    [InlineData("016-123-4567", "+82161234567")]
    [InlineData("02-123-4567", "+8221234567")]
    [InlineData("(02) 1234-5678", "+82212345678")]
    [InlineData("031-123-4567", "+82311234567")]
    [InlineData("064)1234-5678", "+826412345678")]
    [InlineData("070-1234-5678", "+827012345678")]
    [InlineData("0502-1234-5678", "+8250212345678")]
    [InlineData("+1 (415) 555-0134", "+14155550134")]
    [InlineData("+44 20 7946 0958", "+442079460958")]
    [InlineData("+852 5123 4567", "+85251234567")]
    public void Parse_OfANumberAsPeopleWriteIt_IsE164(string written, string expected)
    {
        var number = PhoneNumber.Parse(written);

        Assert.Equal(expected, number?.ToString());
        // What it was made into is read as the same.
        Assert.Equal(number, PhoneNumber.Parse(number!.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("call me")]
    [InlineData("010-1234-567")]
    [InlineData("010-1234-56789")]
    [InlineData("010-1234-5678 ext. 2")]
    [InlineData("010+1234+5678")]
    [InlineData("00000000000")]
    [InlineData("12345678")]
    [InlineData("1588-1234")]
    [InlineData("080-123-4567")]
    [InlineData("02-123-456")]
    [InlineData("031-023-4567")]
    [InlineData("+82 1588 1234")]
    [InlineData("+0 10 1234 5678")]
    [InlineData("+1 23456")]
    [InlineData("+1 234 567 890 123 4567")]
    [InlineData("٠١٠-١٢٣٤-٥٦٧٨")]
    public void Parse_OfWhatIsNoNumberThatAMessageReaches_IsNull(string? written) => Assert.Null(PhoneNumber.Parse(written));

    [Theory]
    [InlineData("010-1234-5678", 82, "01012345678", "01012345678")]
    [InlineData("+1 415 555 0134", 1, "4155550134", "14155550134")]
    [InlineData("+852 5123 4567", 852, "51234567", "85251234567")]
    [InlineData("+44 20 7946 0958", 44, "2079460958", "442079460958")]
    public void Parts_OfANumber_AreItsCountrysAndItsOwn(string written, int countryCode, string national, string digits)
    {
        var number = PhoneNumber.Parse(written)!;
        Assert.Equal((countryCode, national, digits), (number.CountryCode, number.National, number.Digits));
    }
}
