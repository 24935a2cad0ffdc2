namespace Marathon.ServiceDefaults;

/// <summary>What is exported when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set: the same names in both builds.</summary>
internal static class Telemetry
{
    public static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "Yarp.ReverseProxy", "Marathon.*"];

    public static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "Polly", "Marathon.*",
    ];
}
