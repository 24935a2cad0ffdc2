using System.Runtime.InteropServices;

namespace Marathon.ServiceDefaults.Local;

/// <summary>
/// Finds librdkafka where no package carries it: <c>MARATHON_LIBRDKAFKA</c>, then <c>.marathon/lib</c> of a folder above (put there by
/// <c>./marathon</c>), then the system's own.
/// </summary>
internal static class Librdkafka
{
    private const string File = "librdkafka.so.1";
    private static int loaded;

    /// <summary>To be called before the first use of Confluent.Kafka; later calls do nothing.</summary>
    public static void Load()
    {
        if (Interlocked.Exchange(ref loaded, 1) == 1) return;
        var library = Find();
        NativeLibrary.SetDllImportResolver(typeof(Confluent.Kafka.Library).Assembly, (name, assembly, path) => name switch
        {
            // The loader of Confluent.Kafka asks for libdl by a name that modern glibc does not have.
            "libdl" => NativeLibrary.Load("libdl.so.2"),
            _ when name.Contains("librdkafka", StringComparison.Ordinal) => NativeLibrary.Load(library),
            _ => 0,
        });
        if (!Confluent.Kafka.Library.IsLoaded) Confluent.Kafka.Library.Load(library);
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("MARATHON_LIBRDKAFKA") is { Length: > 0 } configured) return configured;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, ".marathon", "lib", File);
            if (System.IO.File.Exists(candidate)) return candidate;
        }
        return File;
    }
}
