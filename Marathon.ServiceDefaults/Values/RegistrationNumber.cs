using System.Diagnostics.CodeAnalysis;

namespace Marathon.ServiceDefaults.Values;

/// <summary>
/// The public name of a registration, <c>M-7K3F-9QX2</c>: forty random bits in Crockford's base 32 (no I, L, O, U), so that it can be read out
/// on the telephone and the next one cannot be guessed. It proves nothing; the access key does.
/// </summary>
public readonly record struct RegistrationNumber
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Symbols = 8;

    private RegistrationNumber(string text) => Text = text;

    /// <summary>In its one written form.</summary>
    public string Text { get; }

    /// <summary>From at least five random bytes.</summary>
    public static RegistrationNumber From(ReadOnlySpan<byte> random)
    {
        var bits = 0UL;
        for (var i = 0; i < Symbols * 5 / 8; i++) bits = bits << 8 | random[i];
        Span<char> symbols = stackalloc char[Symbols];
        for (var i = Symbols - 1; i >= 0; i--, bits >>= 5) symbols[i] = Alphabet[(int)(bits & 31)];
        return new RegistrationNumber($"M-{symbols[..4]}-{symbols[4..]}");
    }

    /// <summary>Reads it as people write it: in any case, with I and L for 1, O for 0, and blanks around it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RegistrationNumber? number)
    {
        number = null;
        if (text?.Trim() is not { Length: 11 } typed) return false;
        var written = Part(typed);
        if (!written.StartsWith("M-", StringComparison.Ordinal) || written[6] != '-') return false;
        foreach (var symbol in $"{written.AsSpan(2, 4)}{written.AsSpan(7, 4)}")
            if (!Alphabet.Contains(symbol)) return false;
        number = new RegistrationNumber(written);
        return true;
    }

    /// <summary>
    /// The number that <paramref name="text"/> says, in its one written form, to look for it. What is no number stays as it is but for case, and nothing is found by it.
    /// </summary>
    public static string Normal(string text) => TryParse(text, out var number) ? number.Value.Text : text.Trim().ToUpperInvariant();

    /// <summary>A part of a number as it is written in a whole one: for whoever looks for its beginning.</summary>
    public static string Part(string text) => text.ToUpperInvariant().Replace('I', '1').Replace('L', '1').Replace('O', '0');

    /// <inheritdoc/>
    public override string ToString() => Text;
}
