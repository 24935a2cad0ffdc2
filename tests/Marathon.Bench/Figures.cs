namespace Marathon.Bench;

/// <summary>A figure taken several times: its median, and the least and the greatest.</summary>
internal readonly record struct Spread(double Least, double Median, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(sorted[0], sorted[sorted.Length / 2], sorted[^1]);
    }

    public string Text(string format) => $"{Median.ToString(format)} ({Least.ToString(format)}–{Most.ToString(format)})";
}
