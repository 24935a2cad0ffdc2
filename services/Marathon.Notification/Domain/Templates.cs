namespace Marathon.Notification.Domain;

/// <summary>The templates of every kind in every language, complete and free of unknown fields.</summary>
public sealed class Templates
{
    /// <summary>Messages exist in these; a runner with another gets the first.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["ko", "en"];

    private readonly Dictionary<(string Kind, string Language), Template> templates = [];

    /// <param name="read">The text of a kind's template in a language; null when there is none.</param>
    /// <exception cref="InvalidOperationException">Names each template that is missing, empty, or names a field its kind does not have.</exception>
    public Templates(Func<string, string, string?> read)
    {
        var faults = new List<string>();
        foreach (var kind in MessageKind.All)
            foreach (var language in Languages)
            {
                if (read(kind.Name, language) is not { } text || string.IsNullOrWhiteSpace(text))
                {
                    faults.Add($"{language}/{kind.Name} is missing");
                    continue;
                }
                var template = templates[(kind.Name, language)] = new Template(text);
                faults.AddRange(template.Fields.Except(["name", "number", .. kind.Fields]).Select(unknown => $"{language}/{kind.Name} names the unknown field {{{unknown}}}"));
            }
        if (faults.Count > 0) throw new InvalidOperationException("Templates: " + string.Join("; ", faults));
    }

    /// <summary>The template of a kind in a runner's language.</summary>
    public Template Find(string kind, string language) => templates[(kind, Languages.Contains(language) ? language : Languages[0])];
}
