using System.Text.RegularExpressions;

namespace Marathon.Fulfilment.Domain;

/// <summary>The words of the domain as the database, the API and the events write them: <c>RETURN_REQUESTED</c>.</summary>
internal static partial class Words
{
    /// <summary>A value's word.</summary>
    public static string Word<T>(this T value) where T : struct, Enum => Of<T>.ByValue[value];

    /// <summary>The value of a word; null when there is none.</summary>
    public static T? Value<T>(string? word) where T : struct, Enum => word is not null && Of<T>.ByWord.TryGetValue(word, out var value) ? value : null;

    /// <summary>All words.</summary>
    public static IEnumerable<string> All<T>() where T : struct, Enum => Of<T>.ByWord.Keys;

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Joints();

    private static class Of<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, value => Joints().Replace(value.ToString(), "_").ToUpperInvariant());
        public static readonly Dictionary<string, T> ByWord = ByValue.ToDictionary(entry => entry.Value, entry => entry.Key);
    }
}
