using System.Text.RegularExpressions;

namespace Marathon.Notification.Domain;

/// <summary>The text of a message with named fields: <c>{race}</c>.</summary>
public sealed partial class Template(string text)
{
    private readonly string text = text.Trim();

    /// <summary>The fields that it names.</summary>
    public IReadOnlyCollection<string> Fields => [.. Field().Matches(text).Select(match => match.Groups[1].Value).Distinct()];

    /// <summary>The text with each field's value in its place. A value is never itself read as a template.</summary>
    public string Render(IReadOnlyDictionary<string, string> fields) => Field().Replace(text, match => fields[match.Groups[1].Value]);

    [GeneratedRegex(@"\{(.*?)\}")]
    private static partial Regex Field();
}
