using System.Text.RegularExpressions;

namespace Marathon.Chaos;

/// <summary>Who registers, under values that are found again wherever they get to. Each person has a number.</summary>
internal sealed partial record Planted(string Name, string PhoneNo, string Address)
{
    /// <summary>Of a login that never succeeds.</summary>
    public const string Password = "planterpassword 1";

    public static Planted Number(int number) => new($"Plantername {number}", $"010-77{number / 10_000 % 100:D2}-{number % 10_000:D4}", $"Planterstreet {number}");

    /// <summary>The first planted value in a text; null when there is none.</summary>
    public static string? In(string text) => Marker().Match(text) is { Success: true } found ? found.Value : null;

    /// <summary>The first line of a log with a planted value in it.</summary>
    public static string? InLog(string log)
    {
        using var lines = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (lines.ReadLine() is { } line)
            if (In(line) is not null) return $"{Path.GetFileName(log)} has a personal value: {line[..Math.Min(line.Length, 400)]}";
        return null;
    }

    // A phone number that is part of a longer number, or of an id, is none.
    [GeneratedRegex(@"planter(name|street|password)|(?<![0-9a-f-])(010|\+?8210)-?77\d\d-?\d{4}(?![0-9a-f-])", RegexOptions.IgnoreCase)]
    private static partial Regex Marker();
}
