namespace Marathon.Contracts;

/// <summary>Phone numbers as people write them.</summary>
public static class PhoneNumbers
{
    /// <summary>The longest that is taken, in characters.</summary>
    public const int Longest = 20;

    /// <summary>What to say of one that is not taken.</summary>
    public const string Advice = "is not a phone number: write it like 010-1234-5678";

    /// <summary>8 to 15 digits (E.164 has no more), with hyphens and blanks between them, and perhaps a plus before them.</summary>
    public static bool IsPhoneNumber(string text) =>
        text.Length <= Longest && text.Count(char.IsAsciiDigit) is >= 8 and <= 15 && text.Index().All(at =>
            char.IsAsciiDigit(at.Item) || at.Item is '-' or ' ' || (at.Item == '+' && at.Index == 0));
}
