using System.Text;

namespace Marathon.Notification.Domain;

/// <summary>
/// How a text travels in Korea: as SMS up to 90 bytes, otherwise as LMS with a subject, up to 2,000. Bytes are those of EUC-KR with Microsoft's additions (code page
/// 949), in which the operators carry messages: a Hangul syllable is two. A letter that is not in it counts as in UCS-2, and makes the message an LMS.
/// </summary>
/// <param name="IsLong">LMS.</param>
/// <param name="Bytes">How long the text is.</param>
/// <param name="Subject">Of an LMS: what its template has in brackets.</param>
public sealed record SmsForm(bool IsLong, int Bytes, string Subject)
{
    /// <summary>The longest text of an SMS, of an LMS, and the longest subject, in bytes.</summary>
    public const int ShortBytes = 90, LongBytes = 2000, SubjectBytes = 40;

    private const int Korean = 949;

    private static readonly Encoding Carried = CodePagesEncodingProvider.Instance.GetEncoding(Korean)!;

    /// <summary>Whether an operator carries it at all.</summary>
    public bool Fits => Bytes <= LongBytes;

    /// <summary>The form of a text.</summary>
    public static SmsForm Of(string text)
    {
        var (bytes, isWhole) = Count(text);
        return new SmsForm(!isWhole || bytes > ShortBytes, bytes, SubjectOf(text));
    }

    /// <summary>Of what a text begins with: <c>[Marathon] …</c>.</summary>
    private static string SubjectOf(string text) =>
        text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 1 and var end && Count(text[1..end]).Bytes <= SubjectBytes ? text[1..end] : "Marathon";

    /// <summary>What comes back as it was is carried; anything else would arrive as another letter.</summary>
    private static (int Bytes, bool IsWhole) Count(string text)
    {
        var carried = Carried.GetBytes(text);
        if (Carried.GetString(carried) == text) return (carried.Length, true);
        return (text.EnumerateRunes().Sum(rune =>
        {
            var bytes = Carried.GetBytes(rune.ToString());
            return Carried.GetString(bytes) == rune.ToString() ? bytes.Length : rune.Utf16SequenceLength * sizeof(char);
        }), false);
    }
}
