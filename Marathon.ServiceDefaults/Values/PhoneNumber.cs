using System.Diagnostics.CodeAnalysis;

namespace Marathon.ServiceDefaults.Values;

/// <summary>
/// A phone number in the one form that is the same however it was written: E.164, <c>+821012345678</c>. Korean numbers may be written as people in Korea
/// write them, with or without the country's code; others begin with <c>+</c>.
/// </summary>
/// <remarks>The number plan of Korea (ITU-T E.164, country code 82), as far as it tells a number that can exist from one that cannot.</remarks>
public sealed record PhoneNumber
{
    private const int Korea = 82, LongestText = 30, Shortest = 8, Longest = 15;

    private PhoneNumber(int countryCode, string rest) => (CountryCode, Rest) = (countryCode, rest);

    /// <summary>Of the country or the region: 82.</summary>
    public int CountryCode { get; }

    /// <summary>Whether it is a Korean number.</summary>
    public bool IsKorean => CountryCode == Korea;

    /// <summary>The digits as they are dialled in its country: <c>01012345678</c>; of another country than Korea, without what is put before them there.</summary>
    public string National => IsKorean ? "0" + Rest : Rest;

    /// <summary>The digits as they are dialled in Korea, the country's code before those of another country: what one person's number is known by.</summary>
    public string Digits => IsKorean ? National : CountryCode + Rest;

    private string Rest { get; }

    /// <summary>The number in <paramref name="text"/>; null where there is none that a message could reach.</summary>
    public static PhoneNumber? Parse(string? text) => TryParse(text, out var number) ? number : null;

    /// <summary>
    /// Reads a number as people write it: digits, and between them spaces, hyphens, dots and brackets. Not one: what cannot exist, and what no message reaches,
    /// such as <c>1588-1234</c>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PhoneNumber? number)
    {
        number = null;
        text = text?.Trim() ?? "";
        if (text.Length > LongestText) return false;
        var isInternational = text.StartsWith('+');
        if (!text.Skip(isInternational ? 1 : 0).All(symbol => char.IsAsciiDigit(symbol) || symbol is ' ' or '-' or '.' or '(' or ')')) return false;
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (digits.StartsWith('0'))
        {
            if (!isInternational && IsSubscriber(digits[1..])) number = new PhoneNumber(Korea, digits[1..]);
        }
        // Whoever leaves out the plus means Korea: any other number could be meant for anything.
        else if (digits.StartsWith("82", StringComparison.Ordinal))
        {
            var rest = digits[2..].StartsWith('0') ? digits[3..] : digits[2..];
            if (IsSubscriber(rest)) number = new PhoneNumber(Korea, rest);
        }
        else if (isInternational && digits.Length is >= Shortest and <= Longest)
        {
            var code = CodeLength(digits);
            number = new PhoneNumber(int.Parse(digits[..code], System.Globalization.CultureInfo.InvariantCulture), digits[code..]);
        }
        return number is not null;
    }

    /// <summary>E.164.</summary>
    public override string ToString() => $"+{CountryCode}{Rest}";

    /// <summary>A number of Korea without its leading 0: mobile, Seoul, other regions, over the Internet, personal.</summary>
    private static bool IsSubscriber(string digits) => digits switch
    {
        ['1', '0', ..] => digits.Length == 10,
        ['1', '1' or '6' or '7' or '8' or '9', ..] => digits.Length is 9 or 10,
        ['2', ..] => digits.Length is 8 or 9,
        ['3', >= '1' and <= '3', ..] or ['4', >= '1' and <= '4', ..] or ['5', >= '1' and <= '5', ..] or ['6', >= '1' and <= '4', ..] => digits.Length is 9 or 10 && digits[2] != '0',
        ['7', '0', ..] => digits.Length == 10,
        ['5', '0', ..] => digits.Length is 10 or 11,
        _ => false,
    };

    /// <summary>How many digits are the country's code (ITU-T E.164, list of assigned codes): no code is the beginning of another.</summary>
    private static int CodeLength(string digits) => digits switch
    {
        ['1' or '7', ..] => 1,
        ['2', '0' or '7', ..] or ['3', '0' or '1' or '2' or '3' or '4' or '6' or '9', ..] or ['4', not '2', ..] or ['5', >= '1' and <= '8', ..]
            or ['6', <= '6', ..] or ['8', '1' or '2' or '4' or '6', ..] or ['9', <= '5' or '8', ..] => 2,
        _ => 3,
    };
}
