namespace Marathon.ServiceDefaults.Local;

/// <summary>
/// Finds librdkafka where no package carries it: <c>MARATHON_LIBRDKAFKA</c>, then <c>.marathon/lib</c> of a folder above (put there by
/// <c>./marathon</c>), then the system's own.
/// </summary>
internal static class Librdkafka
{
    private const string Name = "librdkafka.so.1";

    /// <summary>For the loader: a path, or the name by which the system knows it.</summary>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable("MARATHON_LIBRDKAFKA") is { Length: > 0 } configured) return configured;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, ".marathon", "lib", Name);
            if (File.Exists(candidate)) return candidate;
        }
        return Name;
    }
}
