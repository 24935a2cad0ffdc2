namespace Marathon.ServiceDefaults;

/// <summary>What is exported when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set: the same names in both builds.</summary>
internal static class Telemetry
{
    public static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "Yarp.ReverseProxy", "Marathon.*"];

    /// <summary>Of these there are too many, and the last has a secret in it. (In the Local build .NET itself leaves paths out.)</summary>
    public static readonly string[] Untraced = ["/health", "/alive", "/open"];

    public static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "Polly", "Marathon.*",
    ];
}
