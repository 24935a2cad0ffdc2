using System.Globalization;

namespace Marathon.Payments.Adapters.Provider.Simulated;

/// <summary>Configured under <c>Payment:Simulated</c>. Latencies are milliseconds, a number or a range, <c>400-620</c>; rates are parts of one.</summary>
public sealed class SimulatedOptions
{
    /// <summary>How long an answer takes.</summary>
    public string Latency { get; set; } = "0";

    /// <summary>How long a slow answer takes.</summary>
    public string SlowLatency { get; set; } = "2000-4000";

    /// <summary>Charges that are refused.</summary>
    public double DeclineRate { get; set; }

    /// <summary>Charges that are answered slowly.</summary>
    public double SlowRate { get; set; }

    /// <summary>Charges that fail: nothing is captured, and the caller cannot tell.</summary>
    public double FailRate { get; set; }

    /// <summary>Charges that are captured and never answered.</summary>
    public double TimeoutRate { get; set; }

    /// <summary>Attempts to give money back that fail.</summary>
    public double RefundFailRate { get; set; }

    /// <summary>Attempts to give money back that succeed and are never answered.</summary>
    public double RefundTimeoutRate { get; set; }

    internal static TimeSpan Pick(string range)
    {
        var bounds = range.Split('-', StringSplitOptions.TrimEntries);
        var (least, most) = (int.Parse(bounds[0], CultureInfo.InvariantCulture), int.Parse(bounds[^1], CultureInfo.InvariantCulture));
        return TimeSpan.FromMilliseconds(most == 0 ? 0 : Random.Shared.Next(least, most + 1));
    }
}
