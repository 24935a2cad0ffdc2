using Marathon.ServiceDefaults.Values;

namespace Marathon.Registration.Domain;

/// <summary>Who runs, where to reach them, and in which sizes; only ever complete and well-formed.</summary>
public sealed record Runner
{
    private Runner() { }

    /// <summary>As the runner wrote it, in whole syllables.</summary>
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

    /// <summary>Whether they want the messages that nothing depends on, too: so it is, until they say otherwise.</summary>
    public bool WantsAllMessages { get; init; } = true;

    /// <summary>
    /// The same person, as far as one race can tell: the name without spaces and case, and the phone number, however it was written. Of numbers that are stored
    /// from before they were looked at closely, the digits.
    /// </summary>
    public string Identity =>
        string.Concat(Name.Where(letter => !char.IsWhiteSpace(letter))).ToUpperInvariant() + "|"
        + (PhoneNumber.Parse(PhoneNo)?.Digits ?? string.Concat(PhoneNo.Where(char.IsAsciiDigit)));

    /// <summary>A runner, or what is wrong with each field, under the names of the API.</summary>
    public static Runner? Create(
        string? name, string? phoneNo, string? address, string? topSize, string? bottomSize, string language, Division division, IDictionary<string, FormattableString> errors)
    {
        var before = errors.Count;
        var runner = new Runner
        {
            Name = Text("name", name, 50, errors), PhoneNo = Phone(phoneNo, errors), Address = Text("address", address, 200, errors),
            TopSize = Size("topSize", topSize, division.TopSizes, errors), BottomSize = Size("bottomSize", bottomSize, division.BottomSizes, errors), Language = language,
        };
        return errors.Count > before ? null : runner;
    }

    /// <summary>
    /// The same runner with what is given, or what is wrong with it. A size that is kept need not be in the chart any more: it was when it was chosen.
    /// </summary>
    public Runner? Change(string? phoneNo, string? address, string? topSize, string? bottomSize, Division division, IDictionary<string, FormattableString> errors)
    {
        var before = errors.Count;
        var changed = this with
        {
            PhoneNo = phoneNo is null ? PhoneNo : Phone(phoneNo, errors),
            Address = address is null ? Address : Text("address", address, 200, errors),
            TopSize = topSize is null ? TopSize : Size("topSize", topSize, division.TopSizes, errors),
            BottomSize = bottomSize is null ? BottomSize : Size("bottomSize", bottomSize, division.BottomSizes, errors),
        };
        return errors.Count > before ? null : changed;
    }

    /// <summary>A runner who was well-formed when stored.</summary>
    public static Runner Stored(string name, string phoneNo, string address, string topSize, string bottomSize, string language, bool wantsAllMessages = true) =>
        new() { Name = name, PhoneNo = phoneNo, Address = address, TopSize = topSize, BottomSize = bottomSize, Language = language, WantsAllMessages = wantsAllMessages };

    private static string Text(string field, string? value, int longest, IDictionary<string, FormattableString> errors)
    {
        var text = Hangul.Compose(value?.Trim() ?? "");
        if (text.Length == 0) errors[field] = $"is required";
        else if (text.Length > longest) errors[field] = $"is longer than {longest} characters";
        else if (value!.Any(char.IsControl)) errors[field] = $"contains control characters";
        return text;
    }

    private static string Phone(string? value, IDictionary<string, FormattableString> errors)
    {
        var text = Text("phoneNo", value, 20, errors);
        if (!errors.ContainsKey("phoneNo") && !PhoneNumber.TryParse(text, out _)) errors["phoneNo"] = $"is not a phone number: write it like 010-1234-5678";
        return text;
    }

    private static string Size(string field, string? value, IReadOnlyList<string> chart, IDictionary<string, FormattableString> errors)
    {
        var size = value?.Trim() ?? "";
        if (size.Length == 0) errors[field] = $"is required";
        else if (!chart.Contains(size)) errors[field] = $"must be one of {string.Join(", ", chart)}";
        return size;
    }
}
