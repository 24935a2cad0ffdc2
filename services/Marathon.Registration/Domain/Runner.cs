namespace Marathon.Registration.Domain;

/// <summary>Who runs, where to reach them, and in which sizes; only ever complete and well-formed.</summary>
public sealed record Runner
{
    private Runner() { }

    /// <summary>As the runner wrote it.</summary>
    public required string Name { get; init; }

    /// <summary>Where messages go.</summary>
    public required string PhoneNo { get; init; }

    /// <summary>Where the kit goes.</summary>
    public required string Address { get; init; }

    /// <summary>Size of the shirt, from the division's chart.</summary>
    public required string TopSize { get; init; }

    /// <summary>Size of the shorts, from the division's chart.</summary>
    public required string BottomSize { get; init; }

    /// <summary>Of messages: <c>ko</c> or <c>en</c>.</summary>
    public required string Language { get; init; }

    /// <summary>
    /// The same person, as far as one race can tell: the name without spaces and case, and the digits of the phone number.
    /// </summary>
    public string Identity =>
        string.Concat(Name.Where(letter => !char.IsWhiteSpace(letter))).ToUpperInvariant() + "|" + string.Concat(PhoneNo.Where(char.IsAsciiDigit));

    /// <summary>A runner, or what is wrong with each field, under the names of the API.</summary>
    public static Runner? Create(
        string? name, string? phoneNo, string? address, string? topSize, string? bottomSize, string language, Division division, IDictionary<string, string> errors)
    {
        var before = errors.Count;
        Text("name", name, 50);
        Text("address", address, 200);
        Size("topSize", topSize, division.TopSizes);
        Size("bottomSize", bottomSize, division.BottomSizes);
        if (Text("phoneNo", phoneNo, 20) && !IsPhoneNo(phoneNo!.Trim())) errors["phoneNo"] = "is not a phone number: write it like 010-1234-5678";
        if (errors.Count > before) return null;
        return new Runner
        {
            Name = name!.Trim(), PhoneNo = phoneNo!.Trim(), Address = address!.Trim(), TopSize = topSize!.Trim(), BottomSize = bottomSize!.Trim(), Language = language,
        };

        bool Text(string field, string? value, int longest)
        {
            if (string.IsNullOrWhiteSpace(value)) errors[field] = "is required";
            else if (value.Trim().Length > longest) errors[field] = $"is longer than {longest} characters";
            else if (value.Any(char.IsControl)) errors[field] = "contains control characters";
            else return true;
            return false;
        }

        void Size(string field, string? value, IReadOnlyList<string> chart)
        {
            if (string.IsNullOrWhiteSpace(value)) errors[field] = "is required";
            else if (!chart.Contains(value.Trim())) errors[field] = "must be one of " + string.Join(", ", chart);
        }
    }

    /// <summary>A runner who was well-formed when stored.</summary>
    public static Runner Stored(string name, string phoneNo, string address, string topSize, string bottomSize, string language) =>
        new() { Name = name, PhoneNo = phoneNo, Address = address, TopSize = topSize, BottomSize = bottomSize, Language = language };

    private static bool IsPhoneNo(string text) =>
        text.Count(char.IsAsciiDigit) is >= 8 and <= 15 && text.Select((symbol, place) => (symbol, place)).All(at =>
            char.IsAsciiDigit(at.symbol) || at.symbol is '-' or ' ' || (at.symbol == '+' && at.place == 0));
}
