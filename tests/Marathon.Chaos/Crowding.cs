using System.Globalization;

namespace Marathon.Chaos;

/// <summary>How many tasks want each processor: with too many of them nobody gets to an answer in time, and that is not the system's fault.</summary>
internal static class Crowding
{
    public const double TooMuch = 8;

    /// <summary>In the last minute, on average.</summary>
    public static double Now() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) / Environment.ProcessorCount;
}
