using System.Globalization;

namespace Marathon.Bench;

/// <summary>Numbers by name, each with a default.</summary>
internal sealed class Options : Dictionary<string, int>
{
    /// <summary>Takes an option that is no number out of <paramref name="args"/>; null when it is not there.</summary>
    public static string? Take(string name, ref string[] args)
    {
        var at = Array.IndexOf(args, "--" + name);
        if (at < 0) return null;
        var value = at + 1 < args.Length ? args[at + 1] : throw new WrongOptionException($"--{name} needs a value");
        args = [.. args[..at], .. args[(at + 2)..]];
        return value;
    }

    /// <summary>Throws <see cref="WrongOptionException"/> at a name that has no default, or a value that is no number.</summary>
    public static Options Parse(string[] args, Options defaults)
    {
        foreach (var pair in args.Chunk(2))
            defaults[defaults.Keys.SingleOrDefault(name => pair[0] == "--" + name) ?? throw new WrongOptionException($"unknown option {pair[0]}")] =
                pair is [_, var value] && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number : throw new WrongOptionException($"{pair[0]} needs a number");
        return defaults;
    }
}

/// <summary>What was asked for is not to be had; why, for whoever asked.</summary>
internal sealed class WrongOptionException(string why) : Exception(why);
