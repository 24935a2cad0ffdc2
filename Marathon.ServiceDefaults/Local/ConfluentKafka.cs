using System.Runtime.InteropServices;

namespace Marathon.ServiceDefaults.Local;

/// <summary>Gives Confluent.Kafka the librdkafka that <see cref="Librdkafka"/> finds.</summary>
internal static class ConfluentKafka
{
    private static int loaded;

    /// <summary>To be called before its first use; later calls do nothing.</summary>
    public static void Load()
    {
        if (Interlocked.Exchange(ref loaded, 1) == 1) return;
        var library = Librdkafka.Find();
        NativeLibrary.SetDllImportResolver(typeof(Confluent.Kafka.Library).Assembly, (name, assembly, path) => name switch
        {
            // The loader of Confluent.Kafka asks for libdl by a name that modern glibc does not have.
            "libdl" => NativeLibrary.Load("libdl.so.2"),
            _ when name.Contains("librdkafka", StringComparison.Ordinal) => NativeLibrary.Load(library),
            _ => 0,
        });
        if (!Confluent.Kafka.Library.IsLoaded) Confluent.Kafka.Library.Load(library);
    }
}
