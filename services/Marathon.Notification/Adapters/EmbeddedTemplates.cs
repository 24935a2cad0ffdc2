using Marathon.Notification.Domain;

namespace Marathon.Notification.Adapters;

/// <summary>Reads <c>Templates/{language}/{kind}.txt</c> from the assembly.</summary>
public static class EmbeddedTemplates
{
    /// <summary>All of them, checked.</summary>
    public static Templates Load() => new(Read);

    private static string? Read(string kind, string language)
    {
        using var stream = typeof(EmbeddedTemplates).Assembly.GetManifestResourceStream($"Marathon.Notification.Templates.{language}.{kind}.txt");
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
