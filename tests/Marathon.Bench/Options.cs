using System.Globalization;

namespace Marathon.Bench;

/// <summary>Numbers by name, each with a default.</summary>
internal sealed class Options : Dictionary<string, int>
{
    /// <summary>Throws <see cref="ArgumentException"/> at a name that has no default, or a value that is no number.</summary>
    public static Options Parse(string[] args, Options defaults)
    {
        foreach (var pair in args.Chunk(2))
            defaults[defaults.Keys.SingleOrDefault(name => pair[0] == "--" + name) ?? throw new ArgumentException($"unknown option {pair[0]}")] =
                pair is [_, var value] && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number : throw new ArgumentException($"{pair[0]} needs a number");
        return defaults;
    }
}
