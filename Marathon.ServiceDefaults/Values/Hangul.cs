using System.Text;

namespace Marathon.ServiceDefaults.Values;

/// <summary>
/// Korean syllables that come in their single letters, as out of the file names of a Mac, put together as a keyboard writes them: by the arithmetic of the Unicode standard, section 3.12.
/// (<see cref="string.Normalize()"/> does nothing where globalization is invariant.)
/// </summary>
public static class Hangul
{
    private const int Syllables = 0xAC00, Leading = 0x1100, Vowels = 0x1161, BeforeTrailing = 0x11A7;
    private const int LeadingCount = 19, VowelCount = 21, TrailingCount = 28;

    /// <summary>The same text, composed; what is in no need of it stays as it is.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u1100', '\u11FF')) return text;
        var composed = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            var last = composed.Length > 0 ? composed[^1] : default;
            if (Is(last - Leading, LeadingCount) && Is(letter - Vowels, VowelCount))
                composed[^1] = (char)(Syllables + ((((last - Leading) * VowelCount) + letter - Vowels) * TrailingCount));
            else if (Is(last - Syllables, LeadingCount * VowelCount * TrailingCount) && (last - Syllables) % TrailingCount == 0 && Is(letter - BeforeTrailing - 1, TrailingCount - 1))
                composed[^1] = (char)(last + letter - BeforeTrailing);
            else composed.Append(letter);
        }
        return composed.ToString();

        static bool Is(int index, int count) => index >= 0 && index < count;
    }
}
