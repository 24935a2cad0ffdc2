using System.Buffers.Binary;
using System.Text;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Dashboard.Lists;

/// <summary>What somebody typed to find a runner, and what it may mean: part of a name, the beginning of a number, a bib, or the last digits of a phone number.</summary>
internal sealed record SearchText
{
    /// <summary>Of what was typed, in characters.</summary>
    public const int Longest = 100;

    /// <summary>Fewer digits would be everybody's.</summary>
    private const int FewestDigits = 4;

    private const int PairShift = 21, FirstBeyondCyrillic = 0x1100;

    /// <summary>As it is in a name, in small letters.</summary>
    public required string Name { get; init; }

    /// <summary>The beginning of a registration's number; null when it is none.</summary>
    public string? Number { get; init; }

    /// <summary>Null when it is none.</summary>
    public int? Bib { get; init; }

    /// <summary>The last digits of a phone number, from the last to the first; null when there are too few.</summary>
    public string? Phone { get; init; }

    /// <summary>Null when there is nothing to look for.</summary>
    public static SearchText? Of(string? typed)
    {
        if (string.IsNullOrWhiteSpace(typed)) return null;
        var words = Hangul.Compose(string.Join(' ', typed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        var compact = string.Concat(words.Where(letter => letter is not ('-' or ' ' or '.' or '(' or ')')));
        var isDigits = compact.Length > 0 && compact.All(char.IsAsciiDigit);
        // What is the same in a number of Korea however it was written, here and by the runner: with 010 at its beginning or with +82.
        var phone = PhoneNumber.Parse(words) is { } number ? (number.IsKorean ? number.National[1..] : number.Digits) : isDigits && compact.Length >= FewestDigits ? compact : null;
        return new SearchText
        {
            Name = words.ToLowerInvariant(),
            Number = NumberIn(words) is { } part ? RegistrationNumber.Part(part) : null,
            Bib = isDigits && int.TryParse(compact, out var bib) ? bib : null,
            Phone = phone is null ? null : string.Concat(phone.Reverse()),
        };
    }

    /// <summary>The whole of it is also known without what all numbers begin with.</summary>
    private static string? NumberIn(string words)
    {
        if (words.StartsWith("M-", StringComparison.OrdinalIgnoreCase)) return words.All(letter => letter == '-' || char.IsAsciiLetterOrDigit(letter)) ? words : null;
        var symbols = words is [_, _, _, _, '-', ..] ? words.Remove(4, 1) : words;
        return symbols.Length == 8 && symbols.All(char.IsAsciiLetterOrDigit) ? $"M-{symbols[..4]}-{symbols[4..]}" : null;
    }

    /// <summary>The same as <c>pairs_of</c> in the database. Empty when there is too little to go by.</summary>
    public long[] Pairs()
    {
        var letters = Name.EnumerateRunes().Select(letter => (long)letter.Value).ToArray();
        if (letters.Length == 1 && letters[0] >= FirstBeyondCyrillic) return [letters[0] << PairShift];
        return [.. letters.Zip(letters.Skip(1), (first, second) => (first << PairShift) + second).Distinct()];
    }

    /// <summary>Nothing but one letter of a name, as the index knows it: whoever it gives is found.</summary>
    public bool IsLetter => Name.EnumerateRunes().Count() == 1 && Pairs().Length == 1;

    /// <summary>The same as <c>key_of_race</c>.</summary>
    public static long KeyOf(Guid race) => BinaryPrimitives.ReadInt64BigEndian(race.ToByteArray(bigEndian: true));

    /// <summary>What <see cref="Name"/> must be like: a person's percent sign is a percent sign.</summary>
    public string NamePattern => new StringBuilder(Name).Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_").Insert(0, '%').Append('%').ToString();
}
