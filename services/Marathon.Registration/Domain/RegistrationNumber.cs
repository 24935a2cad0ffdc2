using System.Diagnostics.CodeAnalysis;

namespace Marathon.Registration.Domain;

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

    /// <summary>Reads it as people write it: in any case, with I and L for 1, O for 0.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RegistrationNumber? number)
    {
        number = null;
        if (text is not { Length: 11 }) return false;
        var written = text.ToUpperInvariant().Replace('I', '1').Replace('L', '1').Replace('O', '0');
        if (!written.StartsWith("M-", StringComparison.Ordinal) || written[6] != '-') return false;
        foreach (var symbol in $"{written.AsSpan(2, 4)}{written.AsSpan(7, 4)}")
            if (!Alphabet.Contains(symbol)) return false;
        number = new RegistrationNumber(written);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
