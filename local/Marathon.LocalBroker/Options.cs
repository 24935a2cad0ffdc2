using System.Globalization;

namespace Marathon.LocalBroker;

internal sealed record Options(int Port, string[] Topics, int Partitions, int Life, int ErrorsMs)
{
    /// <exception cref="ArgumentException">An argument is unknown or lacks its value.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options(9092, [], 4, 0, 0);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            options = args[i] switch
            {
                "--port" => options with { Port = int.Parse(value, CultureInfo.InvariantCulture) },
                "--topics" => options with { Topics = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--partitions" => options with { Partitions = int.Parse(value, CultureInfo.InvariantCulture) },
                "--life" => options with { Life = int.Parse(value, CultureInfo.InvariantCulture) },
                "--errors" => options with { ErrorsMs = int.Parse(value, CultureInfo.InvariantCulture) },
                "--data" => options,
                _ => throw new ArgumentException($"unknown argument {args[i]}"),
            };
        }
        return options;
    }
}
