using System.Runtime.InteropServices;
using Marathon.ServiceDefaults.Local;

namespace Marathon.LocalBroker;

/// <summary>The part of librdkafka's C API (rdkafka.h, rdkafka_mock.h) that makes a mock cluster.</summary>
internal static partial class MockApi
{
    private const string Library = "librdkafka";
    private const int Producer = 0;

    static MockApi() => NativeLibrary.SetDllImportResolver(typeof(MockApi).Assembly, (name, _, _) => name == Library ? NativeLibrary.Load(Librdkafka.Find()) : 0);

    public static nint NewCluster(int brokers)
    {
        var error = new byte[512];
        var handle = New(Producer, NewConfiguration(), error, error.Length);
        if (handle == 0) throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(error).TrimEnd('\0'));
        var cluster = NewCluster(handle, brokers);
        return cluster != 0 ? cluster : throw new InvalidOperationException("librdkafka made no mock cluster.");
    }

    /// <summary>The addresses of the brokers that it was made with, in the order of their ids: <c>127.0.0.1:9092,…</c></summary>
    public static string Bootstraps(nint cluster) => Marshal.PtrToStringUTF8(ReadBootstraps(cluster))!;

    public static void CreateTopic(nint cluster, string topic, int partitions)
    {
        var error = CreateTopic(cluster, topic, partitions, replicas: 1);
        if (error != 0) throw new InvalidOperationException($"The topic {topic} could not be made: error {error}.");
    }

    public static void RemoveBroker(nint cluster, int broker)
    {
        if (Remove(cluster, broker) is not 0 and var error) throw new InvalidOperationException($"Broker {broker} could not be removed: error {error}.");
    }

    /// <summary>The next request of this kind (Kafka's API key), and that one only, is answered with this error; -195 closes the connection instead.</summary>
    public static void PushError(nint cluster, short api, int error)
    {
        // They would gather for what is seldom asked.
        ClearErrors(cluster, api);
        PushErrors(cluster, api, 1, [error]);
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_clear_request_errors")]
    private static partial void ClearErrors(nint cluster, short api);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    private static partial void PushErrors(nint cluster, short api, nuint count, int[] errors);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_decommission")]
    private static partial int Remove(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_set_controller_id")]
    public static partial void SetController(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    public static partial void SetInitialRebalanceDelay(nint cluster, int milliseconds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    private static partial nint NewConfiguration();

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    private static partial nint New(int type, nint configuration, [Out] byte[] error, nint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial nint NewCluster(nint handle, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial nint ReadBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateTopic(nint cluster, string topic, int partitions, int replicas);
}
